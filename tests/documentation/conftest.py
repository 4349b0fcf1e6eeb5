"""The organization of the examples."""

from __future__ import annotations

import pytest

from tests.acme import Acme, make_acme


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Acme:
    return make_acme(tmp_path_factory.mktemp("acme"))
