"""One look at one page: what axe finds, what our own rules find, and a picture of it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).with_name("axe")
WIDTHS = (320, 1280)
HEIGHT = 900
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """async (tags) => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    return found.violations.map((each) => [each.id, each.impact, each.nodes.map((node) => node.target.join(" "))]);
}"""
# What axe does not see: a page wider than the window, a field without a label, two elements of one id, and Latin words
# that stand in an Arabic page without a direction of their own, where their punctuation ends up on the wrong side.
_RULES = """() => {
    const said = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) said.push(`wider than the window: ${root.scrollWidth} > ${innerWidth}`);
    for (const each of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
        if (!each.labels.length && !each.ariaLabel) said.push(`no label: ${each.name}`);
    const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
    for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) said.push(`two of one id: ${id}`);
    if (document.querySelectorAll("h1").length !== 1) said.push("not one h1");
    if (root.lang !== "ar") return said;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const words = texts.currentNode.data.match(/[A-Za-z][A-Za-z0-9.@-]+/g);
        const near = texts.currentNode.parentElement.closest("bdi, code, .code, option, [dir], [lang], script, style, noscript");
        if (words && near === root) said.push(`bare Latin: ${words.join(" ")}`);
    }
    return said;
}"""


@dataclass
class Looked:
    """Everything seen so far."""

    folder: Path
    pages: int = 0
    looks: int = 0
    wrong: list[str] = field(default_factory=list)


def axe_source() -> str:
    """The file as it was vendored. Raises ValueError when it is another."""
    source = (AXE / "axe.min.js").read_bytes()
    (vendored,) = tomllib.loads((AXE / "vendored.toml").read_text("utf-8"))["vendored"]
    if hashlib.sha256(source).hexdigest() != vendored["files"]["axe.min.js"]:
        raise ValueError("axe.min.js is not the file that vendored.toml names")
    return source.decode()


async def look(page: Page, looked: Looked, axe: str, name: str) -> None:
    """Look at the page as it stands, in every width, and keep its picture."""
    looked.pages += 1
    language = await page.get_attribute("html", "lang") or "?"
    for width in WIDTHS:
        looked.looks += 1
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        where = f"{name} {language} {width}"
        found = [f"{rule} ({impact}): {', '.join(nodes[:3])}" for rule, impact, nodes in await violations(page, axe)]
        looked.wrong += [f"{where}: {each}" for each in [*found, *await page.evaluate(_RULES)]]
        picture = looked.folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{language}-{width}.png"
        await page.screenshot(path=picture, full_page=True)


async def violations(page: Page, axe: str) -> list[Any]:
    """What axe finds. It comes in through the debugger: the page's own policy stays on."""
    await page.evaluate(axe)
    return list(await page.evaluate(_RUN, list(_TAGS)))
