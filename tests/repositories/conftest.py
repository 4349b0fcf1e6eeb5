"""An open store, once on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(connect(store_url))
    yield opened
    opened.close()
