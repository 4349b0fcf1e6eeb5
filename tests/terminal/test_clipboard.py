"""A copied text takes the way that reaches its person, and leaves nothing behind on it."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyperclip
import pytest

from pftui.terminal import clipboard
from pftui.terminal.clipboard import CopyResult, Way, copy
from tests.patience import PATIENCE
from tests.terminal.harness import clean_environment, python
from tests.terminal.tmux import Tmux, needs_tmux, until

KEY = "pfsa_Ab12Cd34Ef00000000000000000000000000000000000000xxxxxx"
OSC_52 = f"\x1b]52;c;{base64.b64encode(KEY.encode()).decode()}\x07"


class Written(list[str]):
    """What a terminal was sent."""

    def write(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A desktop's clipboard that takes what it is given."""
    taken: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", taken.append)
    return taken


@pytest.fixture
def no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str) -> None:
        raise pyperclip.PyperclipException("no mechanism")

    monkeypatch.setattr(pyperclip, "copy", refuse)


@pytest.fixture
def fake_tmux(tmp_path: Path) -> Path:
    """A tmux that notes how it is called, and fails where a file of its subcommand's name is."""
    program = tmp_path / "bin" / "tmux"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >>{tmp_path}/arguments\n'
        f"cat >>{tmp_path}/stdin\n"
        f"if test -e {tmp_path}/says-$1; then cat {tmp_path}/says-$1; fi\n"
        f"if test -e {tmp_path}/fails-$1; then exit 1; fi\n"
        f"if test -e {tmp_path}/hangs-$1; then exec sleep 600; fi\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def in_tmux(fake: Path, **more: str) -> dict[str, str]:
    return {"TMUX": "/tmp/tmux-0/default,1,0", "PATH": f"{fake / 'bin'}:{os.environ['PATH']}", **more}


def test_on_a_desktop_its_own_clipboard_is_taken(desktop: list[str]) -> None:
    written = Written()
    for environ in ({"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0", "TMUX": "x"}):
        result = copy(KEY, written.write, environ)
        assert result == CopyResult(
            Way.DESKTOP, "Sent to this computer's clipboard. pftui cannot see whether it arrived."
        )
    assert desktop == [KEY, KEY]
    assert written == []


@pytest.mark.parametrize("name", ["SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"])
def test_over_ssh_the_servers_own_clipboard_is_never_taken(desktop: list[str], name: str) -> None:
    written = Written()
    result = copy(KEY, written.write, {"DISPLAY": "localhost:10.0", name: "x"})
    assert result.way is Way.TERMINAL
    assert written == [OSC_52]
    assert desktop == []


def test_in_tmux_its_buffer_is_loaded_and_deleted_and_the_text_is_no_argument(fake_tmux: Path) -> None:
    written = Written()
    result = copy(KEY, written.write, in_tmux(fake_tmux, SSH_TTY="x", STY="1.pts"))
    assert (result.way, result.sent, written) == (Way.TMUX, True, [])
    buffer = f"pftui-{os.getpid()}"
    called = (fake_tmux / "arguments").read_text()
    assert called == (
        f"list-clients -F #{{client_termname}}\nload-buffer -w -b {buffer} -\ndelete-buffer -b {buffer}\n"
    )
    assert (fake_tmux / "stdin").read_text() == KEY


def test_a_tmux_that_fails_is_followed_by_the_terminal(fake_tmux: Path) -> None:
    (fake_tmux / "fails-load-buffer").touch()
    written = Written()
    assert copy(KEY, written.write, in_tmux(fake_tmux)).way is Way.TERMINAL
    assert written == [OSC_52]
    assert "delete-buffer" in (fake_tmux / "arguments").read_text()


def test_a_tmux_that_hangs_is_not_waited_for(fake_tmux: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "_TIMEOUT", 0.2)
    (fake_tmux / "hangs-load-buffer").touch()
    written = Written()
    assert copy(KEY, written.write, in_tmux(fake_tmux)).way is Way.TERMINAL
    assert written == [OSC_52]


def test_a_tmux_that_keeps_the_text_is_told_of(fake_tmux: Path) -> None:
    (fake_tmux / "fails-delete-buffer").touch()
    result = copy(KEY, Written().write, in_tmux(fake_tmux))
    assert result.way is Way.TMUX
    assert (
        f"tmux still holds a copy: delete it with `tmux delete-buffer -b pftui-{os.getpid()}`"
        in result.message
    )


@pytest.mark.parametrize("term", ["linux", "screen.linux", "vt220", "dumb"])
def test_where_there_is_no_clipboard_nothing_is_sent_and_that_is_said(term: str) -> None:
    written = Written()
    for environ in ({"TERM": term}, {"TERM": term, "SSH_TTY": "x"}, {"TERM": term, "STY": "1.tty1"}):
        result = copy(KEY, written.write, environ)
        assert (result.way, written) == (Way.NONE, [])
        assert result.message.startswith("Nothing was sent to the clipboard. There is no clipboard on this ")
        assert term in result.message


def test_a_desktop_around_it_has_one_whatever_the_terminal(desktop: list[str]) -> None:
    assert copy(KEY, Written().write, {"TERM": "linux", "DISPLAY": ":0"}).way is Way.DESKTOP


@pytest.mark.parametrize(
    ("clients", "way"),
    [("linux\n", Way.NONE), ("linux\nxterm-256color\n", Way.TMUX), ("xterm\n", Way.TMUX), ("", Way.TMUX)],
)
def test_tmux_on_terminals_without_a_clipboard_is_not_asked(fake_tmux: Path, clients: str, way: Way) -> None:
    (fake_tmux / "says-list-clients").write_text(clients)
    written = Written()
    result = copy(KEY, written.write, in_tmux(fake_tmux, TERM="tmux-256color", TMUX_PANE="%3"))
    assert (result.way, written) == (way, [])
    called = (fake_tmux / "arguments").read_text()
    assert called.startswith("list-clients -F #{client_termname} -t %3\n")
    assert ("load-buffer" in called) is (way is Way.TMUX)


def test_without_tmux_at_hand_the_terminal_is_asked(tmp_path: Path) -> None:
    written = Written()
    assert copy(KEY, written.write, {"TMUX": "x", "PATH": str(tmp_path)}).way is Way.TERMINAL
    assert written == [OSC_52]


def test_screen_gets_it_in_pieces_that_it_passes_on_whole() -> None:
    written = Written()
    result = copy(KEY * 20, written.write, {"STY": "1234.pts-0.host", "TERM": "screen"})
    assert result.message.startswith("Sent through screen to your terminal's clipboard.")
    (sent,) = written
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sent, re.DOTALL)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == sent
    assert all(len(piece) <= 76 for piece in pieces)
    assert "".join(pieces) == f"\x1b]52;c;{base64.b64encode((KEY * 20).encode()).decode()}\x07"


def test_a_bare_terminal_gets_osc_52() -> None:
    written = Written()
    assert copy(KEY, written.write, {}) == CopyResult(
        Way.TERMINAL, "Sent to your terminal's clipboard. pftui cannot see whether it arrived."
    )
    assert written == [OSC_52]


def test_a_desktop_that_takes_nothing_is_followed_by_the_terminal(no_desktop: None) -> None:
    written = Written()
    assert copy(KEY, written.write, {"DISPLAY": ":0"}).way is Way.TERMINAL
    assert written == [OSC_52]


def test_a_desktop_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "_TIMEOUT", 0.1)
    over = threading.Event()
    monkeypatch.setattr(pyperclip, "copy", lambda _: over.wait(PATIENCE))
    written = Written()
    assert copy(KEY, written.write, {"DISPLAY": ":0"}).way is Way.TERMINAL
    assert written == [OSC_52]
    over.set()


@pytest.mark.parametrize(
    ("error", "why"),
    [(OSError(5, "Input/output error"), "Input/output error"), (OSError(), "no reason given")],
)
def test_why_the_terminal_took_nothing_is_said(error: OSError, why: str) -> None:
    def refuse(_: str) -> None:
        raise error

    result = copy(KEY, refuse, {})
    assert result.way is Way.NONE
    assert f"The terminal took nothing ({why})." in result.message


def test_what_could_not_be_sent_is_said_without_the_text() -> None:
    def refuse(text: str) -> None:
        raise OSError(5, "Input/output error", text)

    for result in (copy(KEY, refuse, {}), copy(KEY * 2000, Written().write, {})):
        assert not result.sent
        assert result.message.startswith("Nothing was sent to the clipboard. ")
        assert KEY not in repr(result)


def test_no_sentence_claims_that_it_arrived(fake_tmux: Path, desktop: list[str]) -> None:
    for environ in ({}, {"STY": "1"}, {"DISPLAY": ":0"}, in_tmux(fake_tmux)):
        result = copy(KEY, Written().write, environ)
        assert result.message.startswith("Sent ")
        assert "cannot see whether it arrived" in result.message
        assert "opied" not in result.message


def test_the_clipboard_programs_are_not_imported_before_they_are_needed() -> None:
    code = "import sys, pftui.terminal.clipboard; sys.exit(bool({'pyperclip', 'textual'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], env=clean_environment(), check=True)


@pytest.fixture
def servers() -> Iterator[list[Tmux]]:
    started: list[Tmux] = []
    yield started
    for server in started:
        server.stop()


@needs_tmux
@pytest.mark.parametrize("set_clipboard", ["external", "off", "on"])
def test_through_a_real_tmux_it_arrives_whole_and_nothing_stays(
    tmp_path: Path, servers: list[Tmux], set_clipboard: str
) -> None:
    """An outer tmux stands for the terminal: what reaches its clipboard is in its buffer. The inner is the
    host's.
    """
    servers.append(outer := Tmux(tmp_path, "outer", "set -g set-clipboard on"))
    servers.append(inner := Tmux(tmp_path, "inner", f"set -g set-clipboard {set_clipboard}"))
    outer.command("send-keys", f"unset TMUX; {inner.attach_command()}", "Enter")
    until(lambda: inner.command("list-clients"))
    (tmp_path / "text").write_text(KEY)
    run = f"{' '.join(python('tests.terminal.copy_once'))} {tmp_path}/text {tmp_path}/result"
    inner.command("send-keys", run, "Enter")
    until((tmp_path / "result").exists)
    way, message = (tmp_path / "result").read_text().split("\n")
    assert way == "tmux"
    assert message == "Sent through tmux to your terminal's clipboard. pftui cannot see whether it arrived."
    until(lambda: outer.command("list-buffers"))
    assert outer.command("show-buffer") == KEY
    assert inner.command("list-buffers") == ""
