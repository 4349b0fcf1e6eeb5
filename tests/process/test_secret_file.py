"""Saving a key to a file: 0600, never over anything, never where others can write."""

from __future__ import annotations

import errno
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from pftui.domain.secret import Secret
from pftui.process.secret_file import NotSaved, SecretFile, save_secret

KEY = "pfsa_" + "k" * 54
RACES = 1000


def test_writes_the_whole_key_for_the_owner_alone(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        saved = save_secret(Secret(KEY), str(tmp_path / "ci.key"))
    finally:
        os.umask(previous)
    assert saved.read_text() == KEY + "\n"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_home_and_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert save_secret(Secret(KEY), "~/a.key") == tmp_path / "a.key"
    assert save_secret(Secret(KEY), " b.key ") == tmp_path / "b.key"


def test_refuses_to_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "ci.key"
    target.write_text("precious")
    with pytest.raises(NotSaved, match="never overwritten"):
        save_secret(Secret(KEY), str(target))
    assert target.read_text() == "precious"


def test_refuses_a_symbolic_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotSaved):
        save_secret(Secret(KEY), str(link))
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o722])
def test_refuses_a_directory_that_others_can_write(tmp_path: Path, mode: int) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    with pytest.raises(NotSaved, match="others can write"):
        save_secret(Secret(KEY), str(shared / "ci.key"))
    assert list(shared.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_refuses_a_directory_of_another_user(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, -1)
    with pytest.raises(NotSaved, match="belongs to another user"):
        save_secret(Secret(KEY), str(theirs / "ci.key"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    written = os.write

    def half_then_fail(file: int, data: memoryview) -> int:
        if len(data) < len(KEY):
            raise OSError(code, "no more")
        return written(file, bytes(data[:20]))

    monkeypatch.setattr(os, "write", half_then_fail)
    with pytest.raises(NotSaved, match="Nothing is left") as caught:
        save_secret(Secret(KEY), str(tmp_path / "ci.key"))
    assert list(tmp_path.iterdir()) == []
    assert KEY not in str(caught.value)


def test_a_really_full_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_synced(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", never_synced)
    with pytest.raises(NotSaved, match="disk is full"):
        save_secret(Secret(KEY), str(tmp_path / "ci.key"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "type a file name"),
        ("   ", "type a file name"),
        ("no-such/dir/ci.key", "there is no directory"),
        ("sub/", "is a directory"),
        ("sub", "is a directory"),
        ("x" * 300, "too long"),
        ("a\0b", "NUL"),
    ],
)
def test_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    with pytest.raises(NotSaved, match=words):
        save_secret(Secret(KEY), typed)
    assert [path.name for path in tmp_path.rglob("*")] == ["sub"]


def test_a_working_directory_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(NotSaved, match="working directory is gone"):
        save_secret(Secret(KEY), "a.key")
    assert save_secret(Secret(KEY), str(tmp_path / "a.key")).exists()


def test_what_cannot_be_removed_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails is often mounted read-only at once."""

    def failing(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "fsync", failing)
    monkeypatch.setattr(os, "unlink", failing)
    with pytest.raises(NotSaved, match="may be left in") as raised:
        save_secret(Secret(KEY), str(tmp_path / "a.key"))
    assert "Nothing is left" not in raised.value.message
    assert KEY not in raised.value.message


def test_a_directory_that_cannot_be_looked_at_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*args: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fstat", failing)
    with pytest.raises(NotSaved, match="the disk reports an error"):
        save_secret(Secret(KEY), str(tmp_path / "a.key"))


def test_a_file_that_waits_is_there_and_is_gone_if_no_secret_came(tmp_path: Path) -> None:
    with SecretFile(str(tmp_path / "a.key")) as file:
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_met_before_there_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, offset: int, length: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(NotSaved, match="disk is full"):
        SecretFile(str(tmp_path / "a.key"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_that_cannot_tell_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(file: int, offset: int, length: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "posix_fallocate", unable)
    assert save_secret(Secret(KEY), str(tmp_path / "a.key")).read_text() == KEY + "\n"


def test_who_races_for_the_name_gets_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """Somebody puts links where the key is to go, and takes them away, as fast as it goes."""
    victim, target = tmp_path / "victim", tmp_path / "ci.key"
    victim.write_text("precious")
    stop = threading.Event()

    def race() -> None:
        while not stop.is_set():
            with suppress(FileExistsError):
                target.symlink_to(victim)
                target.unlink()  # one's own: pftui never puts a file over what is there
            with suppress(FileExistsError):
                os.link(victim, target)
                target.unlink()

    racer = threading.Thread(target=race)
    racer.start()
    saved = refused = 0
    try:
        for _ in range(RACES):
            try:
                path = save_secret(Secret(KEY), str(target))
            except NotSaved:
                refused += 1
            else:
                saved += 1
                status = path.lstat()
                assert (stat.S_ISREG(status.st_mode), stat.S_IMODE(status.st_mode)) == (True, 0o600)
                assert path.read_text() == KEY + "\n"
                path.unlink()
    finally:
        stop.set()
        racer.join()
    assert victim.read_text() == "precious"
    assert saved + refused == RACES
    assert min(saved, refused) > 0


def test_no_descriptor_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_ones() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_ones()
    save_secret(Secret(KEY), str(tmp_path / "a.key"))
    for path in (tmp_path / "a.key", tmp_path / "no" / "a.key"):
        with pytest.raises(NotSaved):
            save_secret(Secret(KEY), str(path))
    monkeypatch.setattr(os, "fchmod", lambda *arguments: (_ for _ in ()).throw(OSError(errno.EIO, "no")))
    with pytest.raises(NotSaved):
        save_secret(Secret(KEY), str(tmp_path / "b.key"))
    assert open_ones() == before
