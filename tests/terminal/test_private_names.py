"""No module but one names what is private in Textual, Rich or asyncio, on purpose or by accident."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import pftui

SOURCE = Path(pftui.__file__).parent
HOME = SOURCE / "terminal" / "textual_private.py"
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != HOME)
DOCUMENTED = {"_replace", "_asdict", "_make", "_fields", "_exit", "_name_", "_value_", "_mapping"}
"""Public in spite of their names: those of named tuples and enumerations (Python's `enum`, "Supported
_sunder_ names"), `os._exit`, and the mapping of a row (SQLAlchemy's `Row._mapping`)."""

WITH_CLASSES_OF_TEXTUAL = ("commands", "process", "screens", "terminal", "widgets")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def named_in(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def private_imports(tree: ast.AST) -> Iterator[str]:
    """What is imported from a private module, or by a private name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            paths = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            paths = [alias.name for alias in node.names]
        else:
            continue
        yield from (path for path in paths if any(map(is_private, path.split("."))))


def defined(tree: ast.AST) -> set[str]:
    """The names that a file gives to things of its own."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node.value):
            names.add(node.attr)
    return names


def is_own(node: ast.expr) -> bool:
    """Whether it is the object itself: `self`, `cls` or `super()`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def of_others(tree: ast.AST) -> Iterator[str]:
    """Private attributes of another object that nothing in the file has defined."""
    known = defined(tree) | DOCUMENTED
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not is_own(node.value):
            name = node.attr
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("getattr", "hasattr", "setattr", "delattr")
            and isinstance(node.args[1], ast.Constant)
        ):
            name = str(node.args[1].value)
        else:
            continue
        if is_private(name) and name not in known:
            yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", FILES, ids=named_in)
def test_nothing_private_is_imported_or_asked_of_another_object(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [*private_imports(tree), *of_others(tree)] == []


def classes_of_textual() -> list[type]:
    """Every class of ours that has a class of Textual or Rich among its ancestors."""
    packages = [importlib.import_module(f"pftui.{name}") for name in WITH_CLASSES_OF_TEXTUAL]
    modules = [importlib.import_module("pftui.app")]
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            modules.append(importlib.import_module(found.name))
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and any(map(is_foreign, value.__mro__))
    ]


def is_foreign(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("textual", "rich")


@cache
def body_of(kind: type) -> ast.ClassDef:
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    return body


def of_itself(kind: type) -> Iterator[ast.Attribute]:
    """What a class says of `self`, `cls` and `super()`."""
    for node in ast.walk(body_of(kind)):
        if isinstance(node, ast.Attribute) and is_own(node.value):
            yield node


@cache
def kept_by(kind: type) -> frozenset[str]:
    """The private names that a class gives to its attributes and methods."""
    stored = {node.attr for node in of_itself(kind) if isinstance(node.ctx, ast.Store)}
    return frozenset(filter(is_private, stored | set(vars(kind))))


@cache
def spoken_of_itself(kind: type) -> frozenset[str]:
    """The private names that a class defines, or asks of itself."""
    written = {
        name
        for statement in body_of(kind).body
        for name in (
            [statement.name]
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            else [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
        )
    }
    return frozenset(filter(is_private, written | {node.attr for node in of_itself(kind)}))


def clashes(kind: type) -> set[str]:
    """The private names of Textual that a class of ours, or one of ours above it, uses as its own."""
    foreign = [each for each in kind.__mro__ if is_foreign(each)]
    ours = [each for each in kind.__mro__ if each.__module__.startswith("pftui.")]
    theirs = frozenset().union(*map(kept_by, foreign))
    return {
        f"{each.__name__}.{name}"
        for each in ours
        if each.__module__ != "pftui.terminal.textual_private"
        for name in spoken_of_itself(each) & theirs
    }


@pytest.mark.parametrize("kind", classes_of_textual(), ids=lambda kind: kind.__qualname__)
def test_no_class_overrides_or_asks_for_what_is_private_in_its_ancestors(kind: type) -> None:
    """By accident too: an attribute of ours with the name of one of Textual's would break both."""
    assert clashes(kind) == set()


def test_the_search_would_find_them() -> None:
    from textual.app import App
    from textual.widget import Widget

    text = HOME.read_text(encoding="utf-8")
    found = [*private_imports(ast.parse(text)), *of_others(ast.parse(text))]
    for name in ("textual._compositor.ChopsUpdate", "app._exception", "style._ansi", "'_scheduled'"):
        assert any(name in each for each in found), name

    class Overriding(App[None]):
        def _fatal_error(self) -> None: ...

    class Keeping(Widget):
        def __init__(self) -> None:
            super().__init__()
            self._styles_cache = None  # type: ignore[assignment]

    class Asking(Widget):
        def render(self) -> str:
            return str(self._dirty_regions)

    for kind, name in ((Overriding, "_fatal_error"), (Keeping, "_styles_cache"), (Asking, "_dirty_regions")):
        theirs = frozenset().union(*(kept_by(each) for each in kind.__mro__ if is_foreign(each)))
        assert name in spoken_of_itself(kind) & theirs
