"""The file that keeps a session: one's own, 0600, whole or not there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pftui.domain.secret import Secret
from pftui.process import place, session_file
from pftui.process.secret_file import NotSaved
from pftui.process.session_file import (
    NewSessionFile,
    SessionFileUnfit,
    read_session,
    remove_session,
    session_path,
)
from tests.strangers import STRANGER, acting_as, needs_root

TEXT = Secret("3f0c6a52-4a43-4c7e-9f0e-8a0b6c2d1e55 token")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "pftui" / "sessions" / "name"


def kept(path: Path, text: Secret = TEXT) -> Path:
    with NewSessionFile(path) as file:
        file.keep(text)
    return path


def test_it_is_kept_for_oneself_alone(path: Path) -> None:
    kept(path)
    found = read_session(path)
    assert found is not None
    assert found.reveal() == TEXT.reveal() + "\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == [path.name]


def test_a_new_one_takes_the_place_of_the_old_one_only_when_it_is_whole(path: Path) -> None:
    kept(path)
    with NewSessionFile(path):
        pass  # nothing came of it
    assert os.listdir(path.parent) == [path.name]
    found = read_session(path)
    assert found is not None
    assert found.matches(TEXT.reveal() + "\n")
    kept(path, Secret("another"))
    again = read_session(path)
    assert again is not None
    assert again.matches("another\n")


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace", "posix_fallocate"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_disk_that_takes_nothing_leaves_the_old_one(
    call: str, code: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(path)
    real = getattr(os, call)

    def fails(*arguments: object, **options: object) -> object:
        if call != "open" or options.get("dir_fd") is not None:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(NotSaved, match="Not saved"):
        kept(path, Secret("another"))
    monkeypatch.undo()
    assert os.listdir(path.parent) == [path.name]
    found = read_session(path)
    assert found is not None
    assert found.matches(TEXT.reveal() + "\n")


def _mode(path: Path) -> None:
    path.chmod(0o640)


def _link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _open_folder(path: Path) -> None:
    path.parent.chmod(0o770)


UNFIT: dict[str, Callable[[Path], None]] = {
    "mode": _mode,
    "link": _link,
    "pipe": _pipe,
    "folder": _folder,
    "open folder": _open_folder,
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_is_not_safely_ones_own_is_not_used(how: str, path: Path) -> None:
    UNFIT[how](kept(path))
    with pytest.raises(SessionFileUnfit) as told:
        read_session(path)
    assert "token" not in told.value.message
    assert str(path) in told.value.message
    assert "pftui logout" in told.value.message
    assert told.value.exit_code == 1


@needs_root
def test_another_users_is_not_used(path: Path) -> None:
    os.chown(kept(path), STRANGER, STRANGER)
    with pytest.raises(SessionFileUnfit, match="another user"):
        read_session(path)


@needs_root
def test_one_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    os.chown(home, STRANGER, STRANGER)
    with acting_as(STRANGER):
        file = kept(home / "sessions" / "name")
        file.chmod(0)
        with pytest.raises(SessionFileUnfit, match="permission denied"):
            read_session(file)


def test_a_folder_that_others_can_write_to_keeps_none(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o777)
    with pytest.raises(NotSaved, match="others can write"):
        kept(path)
    assert os.listdir(path.parent) == []


def test_it_is_removed_unless_it_is_another_one_by_now(path: Path) -> None:
    kept(path)
    remove_session(path, only=Secret("another\n"))
    assert path.exists()
    remove_session(path, only=Secret(TEXT.reveal() + "\n"))
    assert not path.exists()
    remove_session(path)
    remove_session(path, only=TEXT)
    assert read_session(path) is None


def test_each_store_host_and_user_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    names = {session_path("/a.db"), session_path("/b.db")}
    monkeypatch.setattr(place, "started_as", lambda: 4711)
    names.add(session_path("/a.db"))
    monkeypatch.setattr(place, "_host", lambda: "another")
    names.add(session_path("/a.db"))
    assert len(names) == 4
    assert None not in names
    monkeypatch.setattr(session_file, "started_as", lambda: 4711)
    assert session_path("/a.db") is None  # who has become somebody else


def test_a_place_is_a_host_since_its_start_and_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    here = place.this_place()
    assert here == place.this_place()
    assert here.endswith(f"\n{os.getuid()}")
    assert os.uname().nodename in here
    assert place.place_name() not in here
    monkeypatch.setattr(place, "_read", lambda path: "")
    assert place.this_place() != here  # as on a system that has neither
