"""The statements that were rendered before are those that are written with SQLAlchemy."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from pftui.repositories.key_lookup import note_statements, rendered, statements

TOOL = Path(__file__).parents[2] / "tools" / "render_statements.py"
PARAMETERS = {
    "key": {"key_id"},
    "key_with_team": {"key_id", "team", "team_folded"},
    "due": {"key_id"},
    "note_key": {"used_key", "used_at"},
    "note_account": {"used_account", "used_at"},
}


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


@pytest.mark.parametrize("name", rendered.Rendered._fields)
def test_what_is_asked_about_is_a_parameter_in_either_databases_way(name: str) -> None:
    asked = PARAMETERS.get(name, set())
    assert set(re.findall(r":(\w+)", getattr(rendered.SQLITE, name))) == asked
    assert set(re.findall(r"%\((\w+)\)s", getattr(rendered.POSTGRESQL, name))) == asked
