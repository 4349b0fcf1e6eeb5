"""A schema as the database itself tells of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, inspect

from pftui.repositories import text_index


def described(engine: Engine) -> dict[str, Any]:
    """All that the database itself says of its schema."""
    with engine.connect() as connection:
        seen = inspect(connection)
        names = [
            name
            for name in seen.get_table_names(schema=None)
            if name != "alembic_version" and not name.startswith(text_index.TABLE)
        ]
        return {
            name: {
                "columns": [
                    (column["name"], str(column["type"]), column["nullable"], str(column["default"]))
                    for column in sorted(seen.get_columns(name), key=lambda column: column["name"])
                ],
                "primary key": seen.get_pk_constraint(name),
                "foreign keys": sorted(map(str, seen.get_foreign_keys(name))),
                "unique": sorted(map(str, seen.get_unique_constraints(name))),
                "checks": sorted(map(str, seen.get_check_constraints(name))),
                "indexes": sorted(
                    f"{index['name']} {index['column_names']} {index['unique']}"
                    f" {[str(value) for value in index.get('dialect_options', {}).values()]}"
                    for index in seen.get_indexes(name)
                ),
            }
            for name in names
        }
