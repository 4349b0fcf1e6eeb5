"""The pytest plugin: fixtures and nothing else. The first test that asks for one imports pftui."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pftui.testing.fakes import FakeAsyncVerifier, FakeVerifier
    from pftui.testing.organization import TemporaryOrganization


@pytest.fixture(scope="session")
def pftui_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a new store, which every `organization` begins as a copy of."""
    from pftui.testing.organization import make_template

    return make_template(tmp_path_factory.mktemp("pftui-template"))


@pytest.fixture
def organization(
    pftui_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TemporaryOrganization]:
    """An organization in an SQLite file of its own, which has one team (`default`) and no key."""
    from pftui.testing.organization import TemporaryOrganization

    folder = tmp_path_factory.mktemp("pftui")
    with TemporaryOrganization.copied(pftui_template, folder) as made:
        yield made


@pytest.fixture
def fake_verifier() -> FakeVerifier:
    """A verifier without a store, which knows no key."""
    from pftui.testing.fakes import FakeVerifier

    return FakeVerifier()


@pytest.fixture
def fake_async_verifier() -> FakeAsyncVerifier:
    """Its like for event loops, to be opened by `async with`."""
    from pftui.testing.fakes import FakeAsyncVerifier

    return FakeAsyncVerifier()
