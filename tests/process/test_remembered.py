"""What is remembered of a person on this host: safe from others, and no error where it cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest

from pftui.process.own_files import config_folder, state_folder
from pftui.process.remembered import Remembered


@pytest.fixture
def remembered(tmp_path: Path) -> Remembered:
    return Remembered(tmp_path / "state" / "themes")


def test_each_has_what_they_kept_last(remembered: Remembered) -> None:
    assert remembered.word("store", "alice") is None
    assert remembered.keep("dark", "store", "alice")
    assert remembered.keep("light", "store", "alice")
    assert remembered.keep("16", "store", "bao")
    assert remembered.word("store", "alice") == "light"
    assert remembered.word("store", "bao") == "16"
    assert remembered.word("another store", "alice") is None
    assert len(list(remembered.folder.iterdir())) == 2, "one file each, and nothing beside"
    assert remembered.folder.stat().st_mode & 0o777 == 0o700


def test_a_name_is_no_path(remembered: Remembered, tmp_path: Path) -> None:
    """It comes from a store, which may be a stranger's."""
    assert remembered.keep("dark", "../../../evil", "/etc/passwd")
    assert [each.parent for each in tmp_path.rglob("*") if each.is_file()] == [remembered.folder]


def test_where_it_cannot_be_kept_that_is_no_error(remembered: Remembered, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the folder's place")
    assert not remembered.keep("dark", "store", "alice")
    assert remembered.word("store", "alice") is None


def test_nothing_is_kept_where_others_can_write(remembered: Remembered) -> None:
    remembered.folder.mkdir(parents=True)
    remembered.folder.chmod(0o777)
    assert not remembered.keep("dark", "store", "alice")
    assert list(remembered.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked itself")
@pytest.mark.parametrize("given", [None, "/somewhere/else"])
def test_the_folders_are_those_of_the_platform(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
        if given is not None:
            monkeypatch.setenv(variable, given)
    assert config_folder() == platformdirs.user_config_path("pftui", appauthor=False)
    assert state_folder() == platformdirs.user_state_path("pftui", appauthor=False)
