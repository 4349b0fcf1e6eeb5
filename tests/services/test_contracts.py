"""What the console and the command line know of the services, and what is named for its type alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pftui
from pftui.services.contracts import Services

SOURCES = Path(pftui.__file__).parent
#: Rooms that know the services and nothing below them, not even by a name in an annotation.
ABOVE = ("app.py", "commands", "presentation", "screens", "terminal", "widgets")
BELOW = ("pftui.repositories", "sqlalchemy", "alembic", "argon2")


def imports_for_types(path: Path) -> Iterator[str]:
    """The modules that a file imports under `if TYPE_CHECKING`, which import-linter leaves out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for each in ast.walk(node):
                if isinstance(each, ast.ImportFrom) and each.module:
                    yield each.module
                elif isinstance(each, ast.Import):
                    yield from (alias.name for alias in each.names)


def modules(*rooms: str) -> Iterator[Path]:
    """The files of rooms of the source."""
    for room in rooms:
        path = SOURCES / room
        yield from path.rglob("*.py") if path.is_dir() else [path]


def test_who_stands_above_the_services_names_nothing_below_them() -> None:
    named = {module for path in modules(*ABOVE) for module in imports_for_types(path)}
    assert "pftui.services.contracts" in named  # so there is something to look at
    assert not {module for module in named if module.startswith(BELOW)}


def test_what_stands_below_names_nothing_above() -> None:
    above = tuple(f"pftui.{room.removesuffix('.py')}" for room in ABOVE if room != "terminal")
    named = {
        module for path in modules("domain", "repositories", "services") for module in imports_for_types(path)
    }
    assert "pftui.services.accounts" in named
    assert not {module for module in named if module.startswith(above)}


def test_every_service_is_opened_as_the_class_that_its_annotation_names(services: Services) -> None:
    for field in fields(Services):
        assert type(getattr(services, field.name)).__name__ == field.type
