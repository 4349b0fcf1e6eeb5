"""Whether others can touch what a path leads to: who owns what, what is open, what leads elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pftui.process.folders import fault, is_descriptor
from tests.strangers import ANOTHER, STRANGER, acting_as, needs_root


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that every user can come by, as in a home; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="pftui-folders-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def make(path: Path, mode: int = 0o700, owner: int | None = None) -> Path:
    """A folder, of root or of whoever is named."""
    path.mkdir()
    path.chmod(mode)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


def blamed(path: Path) -> str:
    """What is said of a path."""
    found = fault(path)
    assert found is not None
    assert not found.what.endswith(".")
    return found.what


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500])
def test_a_folder_of_ones_own_is_safe(base: Path, mode: int) -> None:
    assert fault(make(base / "own", mode) / "file") is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777, 0o2770, 0o1770, 0o720, 0o702])
def test_no_file_is_safe_where_others_write_sticky_or_not(base: Path, mode: int) -> None:
    folder = make(base / "open", mode)
    assert blamed(folder / "file") == f"others can write to {folder} (mode {mode:04o})"
    (folder / "file").touch(mode=0o600)
    assert blamed(folder / "file") == f"others can write to {folder} (mode {mode:04o})"


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o2777])
def test_nor_below_such_a_folder(base: Path, mode: int) -> None:
    folder = make(base / "open", mode)
    make(folder / "a")
    make(folder / "a" / "b")
    assert str(folder) in blamed(folder / "a" / "b" / "file")


@pytest.mark.parametrize("mode", [0o1777, 0o1770])
def test_below_a_sticky_folder_a_folder_of_ones_own_is_safe(base: Path, mode: int) -> None:
    folder = make(make(base / "sticky", mode) / "own")
    assert fault(folder / "file") is None


@needs_root
def test_a_strangers_folder_is_none_wherever_it_is(base: Path) -> None:
    theirs = make(base / "theirs", owner=STRANGER)
    assert blamed(theirs / "file") == f"{theirs} belongs to another user (uid {STRANGER})"
    inner = make(theirs / "inner")
    assert str(theirs) in blamed(inner / "file")
    below = make(make(base / "sticky", 0o1777) / "theirs", owner=STRANGER)
    assert str(below) in blamed(below / "file")


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_is_followed_and_the_folder_that_holds_it_is_judged(base: Path, absolute: bool) -> None:
    safe, shared = make(base / "safe"), make(base / "shared", 0o777)
    to_safe = safe if absolute else Path("../safe")
    (shared / "link").symlink_to(to_safe)
    assert str(shared) in blamed(shared / "link" / "file")
    (base / "link").symlink_to(shared if absolute else Path("shared"))
    assert str(shared) in blamed(base / "link" / "file")
    (base / "fine").symlink_to(to_safe if absolute else Path("./safe/"))
    assert fault(base / "fine" / "file") is None


def test_a_link_to_the_file_itself_counts_and_so_do_links_of_links(base: Path) -> None:
    safe, shared = make(base / "safe"), make(base / "shared", 0o1777)
    (shared / "file").touch()
    (safe / "second").symlink_to(shared / "file")
    (safe / "first").symlink_to("second")
    assert str(shared) in blamed(safe / "first")
    (shared / "back").symlink_to(safe / "there")
    (safe / "there").touch()
    assert fault(shared / "back") is None  # one's own link in a sticky folder, to a safe place


@needs_root
def test_a_strangers_link_in_a_sticky_folder_leads_nowhere_safe(base: Path) -> None:
    safe, shared = make(base / "safe"), make(base / "shared", 0o1777)
    link = shared / "link"
    link.symlink_to(safe)
    assert fault(link / "file") is None
    os.lchown(link, STRANGER, STRANGER)
    assert blamed(link / "file") == f"{link} belongs to another user (uid {STRANGER})"


def test_dots_behind_a_link_go_where_the_system_goes(base: Path) -> None:
    open_one = make(base / "open", 0o777)
    make(open_one / "inner")
    make(base / "safe")
    (base / "link").symlink_to(open_one / "inner")
    assert str(open_one) in blamed(base / "link" / ".." / "file")
    assert str(open_one) in blamed(open_one / "inner" / ".." / ".." / "safe" / "file")
    entered = make(base / "safe" / "entered", 0o777)
    assert fault(entered / ".." / "file") is None  # `..` is nobody's to change


def test_what_cannot_be_followed_is_an_error(base: Path) -> None:
    (base / "circle").symlink_to("circle")
    (base / "file").touch()
    for path in (base / "circle" / "file", base / "file" / "file", base / "none" / "file"):
        with pytest.raises(OSError):
            fault(path)


def test_folders_that_are_to_be_made_are_judged_as_far_as_they_are_there(base: Path) -> None:
    assert fault(base / "new" / "new" / "file", unmade=True) is None
    sticky = make(base / "sticky", 0o1777)
    assert fault(sticky / "new" / "file", unmade=True) is None
    assert fault(sticky / "file", unmade=True) is not None
    assert fault(make(base / "open", 0o777) / "new" / "file", unmade=True) is not None


@needs_root
def test_a_strangers_file_is_not_ones_own(base: Path) -> None:
    base.chmod(0o755)
    file = base / "file"
    file.touch()
    with acting_as(STRANGER):
        assert fault(file) is None  # root's, in a folder of root's
    os.chown(file, ANOTHER, ANOTHER)
    with acting_as(STRANGER):
        assert blamed(file) == f"{file} belongs to another user (uid {ANOTHER})"


@needs_root
def test_for_a_plain_user_ones_own_and_roots_folders_are_safe_and_anothers_are_not(base: Path) -> None:
    own, anothers = make(base / "own", owner=STRANGER), make(base / "another", 0o755, owner=ANOTHER)
    with acting_as(STRANGER):
        assert fault(own / "file") is None
        assert str(anothers) in blamed(anothers / "file")
        assert str(own) not in blamed(anothers / "file")


@needs_root
def test_for_root_the_one_owner_of_a_file_counts_as_oneself_and_nobody_else(base: Path) -> None:
    home = make(base / "home", owner=STRANGER)
    file = home / "file"
    assert fault(file) is not None, "root makes no file in a folder of somebody's"
    file.touch()
    assert fault(file) is not None, "nor has a file of root's there"
    os.chown(file, STRANGER, STRANGER)
    assert fault(file) is None
    os.chown(file, ANOTHER, ANOTHER)
    assert str(home) in blamed(file)


def test_the_remedy_for_a_folder_of_ones_own_is_chmod(base: Path) -> None:
    found = fault(make(base / "open", 0o777) / "file")
    assert found is not None
    assert "chmod go-w" in found.remedy
    sticky = fault(make(base / "sticky", 0o1777) / "file")  # as /tmp is, which must stay so
    assert sticky is not None
    assert "chmod" not in sticky.remedy


@pytest.mark.parametrize(
    ("path", "so"),
    [
        ("/dev/fd/63", True),
        ("/dev/stdin", True),
        ("/proc/self/fd/3", True),
        ("/dev/fd/../shm/x", False),
        ("/dev/shm/x", False),
        ("fd/3", False),
    ],
)
def test_what_is_a_descriptor(path: str, so: bool) -> None:
    assert is_descriptor(path) is so


def test_a_relative_path_begins_in_the_working_folder(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make(base / "open", 0o777))
    assert str(base / "open") in blamed(Path("file"))
    monkeypatch.chdir(make(base / "own"))
    assert fault(Path("file")) is None
