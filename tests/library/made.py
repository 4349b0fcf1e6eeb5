"""Every error and every result there is, made of its own annotations: no list that could forget one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any

import pftui.domain
from pftui.domain import audit
from pftui.domain.accounts import Kind
from pftui.domain.api_key import KeyFormatError
from pftui.domain.errors import PftuiError
from pftui.domain.permissions import Permission
from pftui.domain.secret import Secret
from pftui.domain.stored_word import StoredWord
from pftui.services import results

CANARY = "canary-5b1e"
_PLAIN: dict[Any, Any] = {
    str: "a text",
    int: 3,
    float: 2.5,
    bool: True,
    datetime: datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    Any: "anything",
    object: "anything",
}


def sample(annotation: Any) -> Any:
    """A value of this type, with something in it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return sample(next(each for each in arguments if each is not type(None)))
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation is Secret:
        return Secret(CANARY)
    if origin in (tuple, frozenset, Sequence):
        return (tuple if origin is Sequence else origin)([sample(arguments[0])])
    if origin in (dict, Mapping):
        return {sample(arguments[0]): sample(arguments[1])}
    if annotation is Permission:
        return Permission.stored("of_a_newer_pftui")
    if annotation is StrEnum:
        return Kind.USER  # any: the base itself has no member
    if inspect.isclass(annotation) and issubclass(annotation, StoredWord):
        return annotation.stored("of_a_newer_pftui")
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return next(iter(annotation))
    return made(annotation)


def made(kind: Any) -> Any:
    """An instance, with every field filled."""
    hints = typing.get_type_hints(kind)
    return kind(**{name: sample(hints[name]) for name in fill(kind)})


def fill(kind: Any) -> list[str]:
    """The fields of a dataclass or named tuple."""
    return [each.name for each in fields(kind)] if is_dataclass(kind) else list(kind._fields)


def made_error(kind: type[Exception]) -> Exception:
    """One of this kind, with what its constructor takes."""
    parameters = inspect.signature(kind).parameters.values()
    hints = typing.get_type_hints(kind.__init__, localns=vars(audit))  # which errors name for a type alone
    named = {each.name: sample(hints[each.name]) for each in parameters if each.kind is each.KEYWORD_ONLY}
    return kind(*[sample(hints[each.name]) for each in parameters if each.name not in named], **named)


def results_there_are() -> list[type]:
    """Every dataclass and named tuple of the domain and of the services' results."""
    names = [each.name for each in pkgutil.iter_modules(pftui.domain.__path__, "pftui.domain.")]
    modules = [*map(importlib.import_module, names), results]
    found = {each for module in modules for each in vars(module).values() if _is_result(each, module)}
    return sorted(found, key=lambda each: each.__name__)


def _is_result(each: Any, module: types.ModuleType) -> bool:
    if not inspect.isclass(each) or each.__module__ != module.__name__:
        return False
    return is_dataclass(each) or (issubclass(each, tuple) and hasattr(each, "_fields"))


def errors_there_are() -> list[type[Exception]]:
    """Every error with a sentence, of every module, and the domain's own beside them."""
    for each in pkgutil.walk_packages(pftui.__path__, "pftui."):
        # Frameworks are for who has them; what is raised there is theirs.
        if not any(part in each.name for part in (".migrations", ".__main__", ".contrib")):
            importlib.import_module(each.name)
    return sorted({*_below(PftuiError), KeyFormatError}, key=lambda each: each.__name__)


def _below(kind: type[PftuiError]) -> set[type[PftuiError]]:
    return {kind}.union(*[_below(each) for each in kind.__subclasses__()])
