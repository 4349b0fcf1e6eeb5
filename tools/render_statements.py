"""Makes `src/pftui/repositories/key_lookup/rendered.py`: the verifier's statements, for either database.

`python tools/render_statements.py`, after a change in `key_lookup/statements.py` or `note_statements.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine.interfaces import Dialect

from pftui.repositories.key_lookup import note_statements, statements

TARGET = Path(__file__).parents[1] / "src" / "pftui" / "repositories" / "key_lookup" / "rendered.py"
_HEADER = '''"""The statements of a look-up as SQL: made by `tools/render_statements.py`, not to be edited.

They are those of `statements.py` and `note_statements.py`, for who has no time to import SQLAlchemy; a test
renders them anew and compares.
"""

# ruff: noqa: E501

from __future__ import annotations

from typing import Final, NamedTuple


class Rendered(NamedTuple):
    """The statements, by the names of the functions that give them."""

'''


def all_statements() -> dict[str, Select[Any] | Update]:
    """The statements by name."""
    return {
        "opening": statements.opening(),
        "key": statements.key(),
        "key_with_team": statements.key_with_team(),
        "lock": note_statements.lock(),
        "version": note_statements.version(),
        "due": note_statements.due(),
        "note_key": note_statements.note_key(),
        "note_account": note_statements.note_account(),
    }


def dialects() -> Mapping[str, Dialect]:
    """How the drivers have their parameters."""
    return {"SQLITE": sqlite.dialect(paramstyle="named"), "POSTGRESQL": psycopg.dialect()}


def rendered() -> str:
    """The text of the module."""
    found = all_statements()
    fields = "".join(f"    {name}: str\n" for name in found)
    return f"{_HEADER}{fields}\n\n" + "\n".join(
        f"{constant}: Final = Rendered(\n{_arguments(found, dialect)})\n"
        for constant, dialect in dialects().items()
    )


def _arguments(found: Mapping[str, Select[Any] | Update], dialect: Dialect) -> str:
    sql = {
        name: str(statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))
        for name, statement in found.items()
    }
    return "".join(f'    {name}="""\n{_trimmed(text)}\n""",\n' for name, text in sql.items())


def _trimmed(sql: str) -> str:
    return "\n".join(line.rstrip() for line in sql.splitlines())


if __name__ == "__main__":
    TARGET.write_text(rendered(), encoding="utf-8")
