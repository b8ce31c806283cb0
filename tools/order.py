"""What takes longest begins first, so that no process is left with a long file when the others are done."""

import pytest

LONG_FIRST = (
    "deploy/tests/test_servers.py",
    "tools/tests/test_servers.py",
    "tools/tests/test_bootstrap.py",
    "deploy/tests/test_keeping.py",
    "tools/tests/test_commands.py",
    "svc-residency/tests/api/test_visas.py",
    "svc-support/tests/test_invariants.py",
    "svc-support/tests/api/test_attachments.py",
    "svc-residency/tests/ops/test_desk.py",
    "svc-residency/tests/api/test_access.py",
    "svc-residency/tests/api/test_on_behalf.py",
    "svc-passport/tests/api/test_submission.py",
    "svc-passport/tests/api/test_shipments.py",
    "svc-identity/tests/api/test_guessing.py",
    "svc-delivery/tests/api/test_callbacks.py",
    "svc-notify/tests/test_sending.py",
)


def long_first(items: list[pytest.Item]) -> None:
    """Put the tests of long files first; every other keeps its place."""
    place = {file: number for number, file in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
