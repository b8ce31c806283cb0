"""Hashing: the parameters, and the bounded queue beyond which the door says 503."""

import asyncio
import os
import sys
import threading
from datetime import UTC, datetime

import pytest

from identity.domain.passwords import faults_of, resend_wait, wait_after
from identity.passwords import HashingBusy, Passwords
from identity.seeds import PASSWORD
from identity.settings import IdentitySettings

SHAPE = {
    "least_length": 8,
    "most_length": 128,
    "least_upper": 1,
    "least_lower": 1,
    "least_digits": 1,
    "may_be_the_number": False,
}


async def test_a_password_costs_what_owasp_asks():
    passwords = Passwords(IdentitySettings())
    kept = await passwords.hash("Sesame-open-7")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(kept, "Sesame-open-7")
    assert not await passwords.verify(kept, "sesame-open-7")
    assert not await passwords.verify(None, "Sesame-open-7")
    assert not await passwords.verify("not a hash", "Sesame-open-7")
    dearer = Passwords(IdentitySettings(argon2_passes=3))
    assert dearer.is_outdated(kept)
    assert not passwords.is_outdated(kept)


async def test_hashing_threads_give_way_to_requests():
    """Ranked behind everybody else's threads where threads have a rank of their own; its own rank is not touched."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    passwords = Passwords(IdentitySettings())
    theirs = await passwords._run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert theirs > ours if sys.platform == "linux" else theirs == ours
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours


async def test_beyond_the_queue_hashing_is_refused_at_once():
    passwords = Passwords(IdentitySettings(hash_threads=1, hash_waiting=2))
    answers = await asyncio.gather(*(passwords.hash("Sesame-open-7") for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(each, HashingBusy) for each in answers) == 7
    assert all(each.retry_after for each in answers if isinstance(each, HashingBusy))
    assert await passwords.hash("Sesame-open-7")


async def test_a_busy_door_says_when_to_come_back(databases, tmp_path, driving):
    async with driving.opened(databases, tmp_path, hash_threads=1, hash_waiting=1) as house:
        browsers = [house.browser() for _ in range(8)]
        answers = await asyncio.gather(*(each.password("1000190007", "Wrong-1234") for each in browsers))
        # Whoever waits for a wrong password's pause is told so; nobody is let in or left hanging.
        assert {each.status_code for each in answers} <= {422, 429, 503}
        assert all(int(each.headers["retry-after"]) > 0 for each in answers if each.status_code != 422)


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        (PASSWORD, []),
        ("Ab1", ["password-too-short"]),
        ("A1" + "b" * 127, ["password-too-long"]),
        ("abcdefg1", ["password-lacks-upper"]),
        ("ABCDEFG1", ["password-lacks-lower"]),
        ("Abcdefgh", ["password-lacks-digit"]),
        ("Abcdefg1م", ["password-not-latin"]),
        ("Ab1000000008", ["password-is-the-number"]),
    ],
)
def test_a_password_is_told_every_fault(password, faults):
    assert faults_of(password, "1000000008", SHAPE) == faults


def test_waits_double_up_to_the_longest():
    rule = {"after": 3, "first": 2, "longest": 600}
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert [wait_after([now] * tries, rule, now) for tries in range(14)] == [
        0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600,
    ]  # fmt: skip
    rule = {"first": 60, "longest": 1920}
    assert [resend_wait(sent, rule).total_seconds() for sent in range(1, 8)] == [60, 120, 240, 480, 960, 1920, 1920]
