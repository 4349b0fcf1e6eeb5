"""The table of the admin client's functions, as the code has them.

`python -m tests.library.client_table` puts it into the page.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from pftui.organization import Acting, Organization, Part
from pftui.services.contracts import Services

PAGE = Path(__file__).parents[2] / "docs" / "admin-client.md"
_TABLE = re.compile(r"(?<=<!-- of the code -->\n).*?(?=<!-- end -->)", re.DOTALL)


def parts() -> dict[str, type[Part[Any]]]:
    """The client's parts, by the name of the attribute that each is."""
    source = inspect.getsource(Organization.__init__)
    kinds = {kind.__name__: kind for kind in Part.__subclasses__()}
    return {name: kinds[kind] for name, kind in re.findall(r"self\.(\w+) = (\w+)\(self, ", source)}


def functions(part: type[Part[Any]]) -> dict[str, Acting[Any, ..., Any]]:
    """The functions of a part, in their order."""
    return {name: each for name, each in vars(part).items() if isinstance(each, Acting)}


def services(opened: Services) -> dict[str, type[object]]:
    """The classes of an open store's services, by the name of the field."""
    return {field.name: type(getattr(opened, field.name)) for field in fields(opened)}


def asks_for_proof(function: Acting[Any, ..., Any]) -> bool:
    """Whether the documentation of a function says that it may."""
    return "ProofNeeded" in (function.__doc__ or "")


def rows() -> Iterator[str]:
    """The lines of the table."""
    yield "| | | |"
    yield "|---|---|---|"
    for name, part in parts().items():
        for verb, function in functions(part).items():
            yield f"| `{name}.{verb}({_parameters(function)})` | {_summary(function)} | {_proof(function)} |"


def _proof(function: Acting[Any, ..., Any]) -> str:
    return "proof" if asks_for_proof(function) else ""


def _parameters(function: Acting[Any, ..., Any]) -> str:
    whole = inspect.signature(function.method)
    told, named = [], False
    for parameter in list(whole.parameters.values())[2:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not named:
            told.append("*")
            named = True
        told.append(parameter.name + _default(parameter.default))
    return ", ".join(told)


def _default(value: object) -> str:
    if value is inspect.Parameter.empty:
        return ""
    return f"={value.__name__}" if inspect.isfunction(value) else f"={value!r}"


def _summary(function: Acting[Any, ..., Any]) -> str:
    first = (function.__doc__ or "").strip().split("\n\n")[0]
    return re.sub(r"\s*(Raises [^.]*\.|Raises$)", "", " ".join(first.split()))


def renewed(page: str) -> str:
    """The page with the table of today."""
    return _TABLE.sub(lambda _: "\n" + "\n".join(rows()) + "\n\n", page)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
