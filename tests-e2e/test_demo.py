"""The demo's checks can fail: lies planted into the platform are named, and the exit status tells."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_a_wrong_fee_a_missing_text_and_a_wrong_zone_digit_are_seen() -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "demo_planted.py")], capture_output=True, text=True, timeout=300, check=False
    )
    told = json.loads(done.stdout.splitlines()[-1])
    broken = "\n".join(told["broken"])
    assert done.returncode == 1
    assert told["failed"] >= 3
    assert "the fee is the published one" in broken
    assert "told of each change by SMS" in broken
    assert "every check digit" in broken
