"""The statements that were rendered before are those that are written with SQLAlchemy."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from pftui.repositories.key_lookup import note_statements, rendered, statements

TOOL = Path(__file__).parents[2] / "tools" / "render_statements.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("render_statements", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_they_are_rendered_from_what_is_written_now(tool: ModuleType) -> None:
    assert Path(rendered.__file__).read_text(encoding="utf-8") == tool.rendered(), (
        "run `python tools/render_statements.py`"
    )


def test_none_is_rendered_from_anything_else(tool: ModuleType) -> None:
    for name, statement in tool.all_statements().items():
        module = note_statements if hasattr(note_statements, name) else statements
        assert statement.compare(getattr(module, name)())


def test_nothing_is_written_into_a_statement_but_names(tool: ModuleType) -> None:
    """What is asked about is a parameter, in either database's way."""
    for name, statement in tool.all_statements().items():
        asked = set(statement.compile().params)
        assert all(f":{each}" in getattr(rendered.SQLITE, name) for each in asked)
        assert all(f"%({each})s" in getattr(rendered.POSTGRESQL, name) for each in asked)
