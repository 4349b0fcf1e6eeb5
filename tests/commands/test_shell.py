"""What shells and cron do to standard streams, files and locales: a sentence and the right exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.commands.conftest import ADMIN, Pftui
from tests.commands.program import COMMAND

CLOSED = ("/bin/sh", "-c", 'exec "$0" "$@" <&-')
HEAD = "3:" + "0" * 64

#: Every verb that reads standard input or asks, and what it wants to know.
READING = {
    "verify": ("verify",),
    "a person's password": ("users", "list", "--as", ADMIN, "--password-file", "-"),
    "a password to be asked for": ("users", "list", "--as", ADMIN),
    "init": ("init", "--org", "A", "--name", "B", "--email", "c@d.example"),
    "init -": ("init", "--org", "A", "--name", "B", "--email", "c@d.example", "--password-file", "-"),
    "heads": ("audit", "verify", "--expect-file", "-"),
    "revoke": ("keys", "revoke", "robot"),
    "delete": ("users", "delete", ADMIN),
    "disable": ("service-accounts", "disable", "robot"),
    "the host": ("users", "reset-password", ADMIN, "--host"),
    "the console": (),
}
NO_KEY = {"a person's password", "a password to be asked for", "init", "init -", "the host"}


@pytest.mark.parametrize("verb", READING)
def test_closed_standard_input_is_wrong_usage(pftui: Pftui, verb: str) -> None:
    """A broken cron job must not look like a denial."""
    environment = pftui.environment(**({"PFTUI_API_KEY": None} if verb in NO_KEY else {}))
    if verb.startswith("init"):
        environment["PFTUI_DATABASE_URL"] = str(pftui.folder / "new.db")
    done = subprocess.run(
        [*CLOSED, *COMMAND, *READING[verb]], env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2, done
    assert done.stdout == b""
    assert done.stderr.startswith(b"pftui: ")


BAD_HEADS = {
    "latin-1": (b"\xe9\n", "is not UTF-8 text"),
    "UTF-16": ("3:0".encode("utf-16"), "is not UTF-8 text"),
    "nothing": (b"\n \n", "holds nothing"),
    "no head": (b"hello\n", "N:HASH"),
}


@pytest.mark.parametrize("what", BAD_HEADS)
def test_a_file_of_heads_that_is_none_is_wrong_usage(pftui: Pftui, what: str) -> None:
    data, sentence = BAD_HEADS[what]
    file = pftui.folder / "heads"
    file.write_bytes(data)
    for given in ((str(file), b""), ("-", data)):
        result = pftui("audit", "verify", "--expect-file", given[0], stdin=given[1])
        assert (result.code, sentence in result.err) == (2, True), result
    assert pftui("audit", "verify", "--expect-file", str(pftui.folder)).code == 2
    assert pftui("audit", "verify", "--expect-file", str(pftui.folder / "none")).code == 2


def test_a_byte_order_mark_is_no_part_of_any_file(pftui: Pftui) -> None:
    mark = b"\xef\xbb\xbf"
    head = pftui.ok("audit", "head").encode()
    file = pftui.folder / "heads"
    file.write_bytes(mark + head)
    pftui.ok("audit", "verify", "--expect-file", str(file))
    pftui.ok("audit", "verify", "--expect-file", "-", stdin=mark + head)
    pftui.password_file.write_bytes(mark + pftui.password_file.read_bytes())
    assert pftui.as_alice("users", "list").code == 0
    assert pftui("verify", stdin=mark + pftui.key.encode()).code == 0
    assert pftui("users", "list", PFTUI_API_KEY=mark.decode() + pftui.key).code == 0


LOCALES = {
    "POSIX": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
}
SHOWING = (
    ("users", "list"), ("users", "show", ADMIN), ("service-accounts", "list"), ("teams", "list"),
    ("teams", "show", "equipe"), ("roles", "list"), ("roles", "show", "Viewer"), ("keys", "list"),
    ("audit", "list"), ("audit", "head"), ("audit", "verify"),
)  # fmt: skip
WRONG = (
    ("service-accounts", "show", "日本-böt"), ("teams", "show", "日本"), ("nosuch日",), ("users", "lisť"),
    ("keys", "revoke", "日", "--yes"), ("audit", "list", "--action", "日"),
    ("users", "list", "--limit", "日"), ("audit", "list", "--actor", "日本"), ("roles", "show", "日"),
    ("users", "create", "日", "--name", "日"),
)  # fmt: skip
_ALL = """
import contextlib, io, json, sys
from pftui.commands.root import root
told = []
for arguments in json.loads(sys.argv[1]):
    streams = io.BytesIO(), io.BytesIO()
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(one, sys.__stdout__.encoding, errors, write_through=True)
        for one, errors in zip(streams, (sys.__stdout__.errors, "backslashreplace"))
    )
    try:
        root.main(arguments, prog_name="pftui")
    except SystemExit as ended:
        code = ended.code
    told.append([arguments, code, *(one.getvalue().decode("latin-1") for one in streams)])
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
print(json.dumps(told))
"""


@pytest.mark.parametrize("locale", LOCALES)
def test_no_locale_ends_a_list_a_help_or_an_error(pftui: Pftui, locale: str) -> None:
    """All in one process of that locale: a start for each would take a minute."""
    pftui.ok("teams", "create", "Équipe 日本")
    pftui.ok("service-accounts", "create", "日本-bot", "--team", "equipe", "--role", "Viewer")
    pftui.ok("users", "update", ADMIN, "--name", "Alicę Ñg 日")
    helps = [["--help"], ["users", "--help"], ["keys", "create", "--help"], ["audit", "list", "--help"]]
    shows = [[*each, *form] for each in SHOWING for form in ((), ("--json",))]
    asked = json.dumps([*helps, *shows, *map(list, WRONG)], ensure_ascii=True)
    done = subprocess.run(
        [sys.executable, "-c", _ALL, asked],
        env=pftui.environment(**LOCALES[locale], PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        timeout=120,
        check=True,
    )
    told = json.loads(done.stdout)
    assert len(told) == len(helps) + len(shows) + len(WRONG)
    for arguments, code, out, err in told:
        if tuple(arguments) in WRONG:
            assert code in (1, 2), (arguments, err)
            assert err.startswith("pftui: "), err
            assert "\ufffd" not in err
        else:
            assert (code, bool(out)) == (0, True), (arguments, err)
        assert all(each.isprintable() or each == "\n" for each in out), out
    lines = {tuple(arguments): out for arguments, _, out, _ in told}
    assert "\\u65e5\\u672c-bot" in lines["service-accounts", "list"]
    assert "\\u65e5\\u672c-bot" in lines["service-accounts", "list", "--json"]


@pytest.mark.parametrize(
    "arguments", [("--help",), ("users", "list"), ("users", "list", "--json")], ids=" ".join
)
def test_a_pipe_that_takes_no_more_is_told_of(pftui: Pftui, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    done = subprocess.run(
        [*COMMAND, *arguments], env=pftui.env, stdin=subprocess.DEVNULL, stdout=writer,
        stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(reader)
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr.startswith(b"pftui: Standard output could not be written")
