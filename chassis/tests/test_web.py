"""What every page stands on: sealed cookies, one stylesheet for both directions, vendored files as their makers left them."""

import hashlib
import re
import tomllib
from datetime import timedelta
from importlib import resources
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from chassis.crypto import Cipher
from chassis.web import cookies
from chassis.web.cookies import CookieTooLarge, SealedCookie
from chassis.web.pages import isolated

WEB = resources.files("chassis.web")
STYLES = WEB.joinpath("static").joinpath("site.css").read_text(encoding="utf-8")
CIPHER = Cipher({"1": "a secret"}, "1", "another")


def cookie(name: str = "c", cipher: Cipher = CIPHER) -> SealedCookie:
    return SealedCookie(name, cipher, path="/", secure=True, longest_s=60)


def brought_back(made: Response, name: str = "c") -> Request:
    value = made.headers["set-cookie"].split(";")[0].partition("=")[2]
    return Request({"type": "http", "headers": [(b"cookie", f"{name}={value}".encode())]})


def given(content: dict[str, Any], **more: Any) -> Response:
    response = Response()
    cookie().put(response, content, **more)
    return response


def test_what_was_put_comes_back_and_cannot_be_read_or_kept_by_scripts() -> None:
    made = given({"token": "eyJ-something"})
    assert cookie().read(brought_back(made)) == {"token": "eyJ-something"}
    said = made.headers["set-cookie"]
    assert "eyJ" not in said
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= {part.strip() for part in said.split(";")}


def test_one_cookies_value_is_no_other_cookies() -> None:
    assert cookie("other").read(brought_back(given({"a": 1}), "other")) is None


def test_another_key_or_a_changed_letter_is_no_cookie() -> None:
    made = given({"a": 1})
    assert cookie(cipher=Cipher({"1": "wrong"}, "1", "x")).read(brought_back(made)) is None
    tampered = brought_back(made)
    name, _, value = tampered.headers["cookie"].partition("=")
    flipped = value[:20] + ("A" if value[20] != "A" else "B") + value[21:]
    assert cookie().read(Request({"type": "http", "headers": [(b"cookie", f"{name}={flipped}".encode())]})) is None


def test_a_copied_cookie_is_worth_nothing_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = brought_back(given({"a": 1}))
    later = cookies.machine_now() + timedelta(seconds=61)
    monkeypatch.setattr(cookies, "machine_now", lambda: later)
    assert cookie().read(made) is None


def test_what_a_browser_would_drop_is_refused() -> None:
    with pytest.raises(CookieTooLarge):
        given({"a": hashlib.sha512(b"x").hexdigest() * 60 + "".join(map(str, range(3000)))})


def test_the_stylesheet_has_no_side_but_for_numbers() -> None:
    physical = r"(?:margin|padding|border|inset)-(?:left|right)|(?<![-\w])(?:left|right)\s*:|(?:float|text-align):\s*(?:left|right)"
    found = re.findall(r"([^{}]+)\{([^{}]*)\}", STYLES)
    faults = [selector.strip() for selector, body in found if re.search(physical, body)]
    assert faults == [".number"]


def test_the_stylesheet_asks_nobody_else() -> None:
    assert re.findall(r"url\((?![\"']?plex-)[^)]*\)|@import|https?:", STYLES) == []


def test_vendored_files_are_as_their_makers_left_them() -> None:
    told = tomllib.loads(WEB.joinpath("vendored.toml").read_text(encoding="utf-8"))["vendored"]
    listed = {name: digest for each in told for name, digest in each["files"].items()}
    lying = {file.name for file in WEB.joinpath("static").iterdir() if file.name.endswith(".woff2")}
    assert set(listed) == lying
    for name, digest in listed.items():
        assert hashlib.sha256(WEB.joinpath("static").joinpath(name).read_bytes()).hexdigest() == digest
    for each in told:
        assert "SIL Open Font License" in WEB.joinpath("static").joinpath(each["licence_file"]).read_text()


def test_a_latin_word_in_an_arabic_sentence_keeps_its_direction_and_nothing_gets_in_as_markup() -> None:
    said = str(isolated("وصل الطلب JWZ-7K3M-Q9RT-2XWA. <b>12</b> a"))
    assert said == 'وصل الطلب <bdi dir="ltr">JWZ-7K3M-Q9RT-2XWA</bdi>. &lt;b&gt;12&lt;/b&gt; a'
    assert '<bdi dir="ltr">Chrome, Linux</bdi>، 24' in str(isolated("سُجّل الدخول من Chrome, Linux، 24 نوفمبر"))
