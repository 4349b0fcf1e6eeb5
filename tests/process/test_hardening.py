"""What is done to a process before it may hold a secret; each test in a process of its own, for it cannot be
undone.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.terminal.harness import clean_environment


def _run(code: str, **environ: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(**environ),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


_LOOK = """
import json, os, resource, sys
from pftui.process.hardening import harden
os.umask(0o022)
done = harden()
umask = os.umask(0)
print(json.dumps({
    "done": done, "complete": done.complete, "umask": umask, "core": resource.getrlimit(resource.RLIMIT_CORE),
    "left": sorted(name for name in os.environ if "TEXTUAL" in name), "modules": sorted(sys.modules),
}))
"""


def test_a_hardened_process_writes_no_core_and_files_of_its_own_and_lets_textual_log_nothing() -> None:
    seen = _run(
        _LOOK, TEXTUAL="debug,devtools", TEXTUAL_DEBUG="1", TEXTUAL_LOG="keys.log", OTHER_TEXTUAL="kept"
    )
    assert isinstance(seen, dict)
    assert seen["core"] == [0, 0]
    assert seen["umask"] == 0o077
    assert seen["left"] == ["OTHER_TEXTUAL"]
    assert seen["done"] == [None, None, ["TEXTUAL", "TEXTUAL_DEBUG", "TEXTUAL_LOG"], 0o022]
    assert seen["complete"] is True
    assert not {"textual", "rich", "asyncio", "subprocess"} & set(seen["modules"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux's")
def test_a_hardened_process_cannot_be_traced() -> None:
    code = """
import ctypes, json
from pftui.process.hardening import harden
before = ctypes.CDLL(None).prctl(3)
harden()
print(json.dumps([before, ctypes.CDLL(None).prctl(3)]))
"""
    assert _run(code) == [1, 0]


def test_it_can_be_called_again_and_tells_what_a_system_lacks() -> None:
    code = """
import json, sys
from pftui.process.hardening import harden
first = harden()
sys.platform, sys.modules["resource"] = "plan9", None
print(json.dumps(harden()))
"""
    assert _run(code) == ["this system has no such call", "this system has no such call", [], 0o077]
