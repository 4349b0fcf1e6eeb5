"""From a path to a URL and back, whatever the path holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.demo.store import create_demo, remove_demo
from pftui.domain.errors import WrongUsage
from pftui.domain.store_urls import sqlite_path
from pftui.repositories.database.engine import parse_url, sqlite_file
from pftui.services.location import store_url
from tests.conftest import ORGANIZATION

ODD = ["q?x.db", "100%.db", "pct%20x%3F.db", "a#b&c=d.db", "ä ö.db", os.fsdecode(b"b\xff%41?.db")]


@pytest.mark.parametrize("name", ODD)
def test_a_path_comes_back_from_its_url(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    url = store_url(str(path))
    assert sqlite_path(url) == path
    assert sqlite_file(parse_url(url)) == path


def test_a_store_is_where_its_path_says(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"q?x%20\xff.db")
    url = store_url(str(path))
    create_store(url, ORGANIZATION)
    assert os.listdir(tmp_path) == [path.name]
    open_services(url).lifecycle.close()


def test_a_demo_is_where_its_folder_says(tmp_path: Path) -> None:
    folder = tmp_path / "t?m%20p"
    folder.mkdir()
    url, _ = create_demo(str(folder))
    open_services(url).lifecycle.close()
    assert os.listdir(tmp_path) == [folder.name]
    remove_demo(url)
    assert os.listdir(folder) == []


def test_a_url_with_options_that_nothing_would_heed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="%3F"):
        create_store(f"sqlite:///{tmp_path}/q?x.db", ORGANIZATION)
    assert os.listdir(tmp_path) == []
