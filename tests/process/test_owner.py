"""Root goes on as the owner of a store's file, or says why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pftui.process import owner
from tests.strangers import STRANGER, acting_as, needs_root


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whom it would become; this process has to stay what it is."""
    found: list[int] = []
    monkeypatch.setattr(owner, "_become", lambda uid, gid, name: found.append(uid))
    return found


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.touch()
    os.chown(file, STRANGER, STRANGER)
    return file


@needs_root
def test_root_becomes_the_owner(theirs: Path, became: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "_program", lambda: ["/"])
    assert owner.become_owner(theirs, load=lambda: False) is None
    assert became == [STRANGER]


def test_nobody_else_becomes_anybody_and_nothing_missing_is_owned(tmp_path: Path, became: list[int]) -> None:
    own = tmp_path / "own"
    own.touch()
    for path in (own, tmp_path / "missing", own / "below a file", Path("a\0b")):
        assert owner.become_owner(path, load=lambda: False) is None
    assert became == []


@needs_root
def test_a_plain_user_becomes_nobody(theirs: Path, became: list[int]) -> None:
    theirs.parent.parent.chmod(0o700)
    with acting_as(STRANGER + 1):
        assert owner.become_owner(theirs, load=lambda: False) is None
    assert became == []


@needs_root
def test_a_program_that_the_owner_cannot_read_is_told_before_anything_changes(
    theirs: Path, became: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(owner, "_program", lambda: ["/", str(closed)])
    sentence = owner.become_owner(theirs, load=lambda: False)
    assert sentence is not None
    assert str(closed) in sentence
    assert f"uid {STRANGER}" in sentence
    assert became == []
    assert (os.geteuid(), os.getegid()) == (0, 0)
    assert owner.become_owner(theirs, load=lambda: True) is None, "what is loaded need not be read"
    assert became == [STRANGER]


@needs_root
def test_a_root_that_may_not_is_told(
    theirs: Path, became: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(groups: list[int]) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setgroups", refused)
    assert "operation not permitted" in (owner.become_owner(theirs, load=lambda: False) or "")
    assert became == []
