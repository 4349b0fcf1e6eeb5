"""`pftui roles …`: what a role allows."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pftui.commands import output
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.teams import RoleView
from pftui.presentation import shapes

roles = Noun("roles", "Roles, and the permissions they give in a team.")


@roles.command("list")
@click.pass_obj
def list_roles(settings: Settings) -> None:
    """List all roles, predefined ones first."""
    with signed_in(settings) as (services, operator):
        rows = services.roles.list(operator)
    if settings.json:
        output.json_array(shapes.role(row) for row in rows)
        return
    columns = [
        output.Column("Name"),
        output.Column("Kind"),
        output.Column("In use", number=True),
        output.Column("Permissions"),
    ]
    cells = ([row.name, _kind(row), str(row.assignments), ", ".join(row.permissions)] for row in rows)
    output.table(columns, cells, "No role was found.")


def _kind(row: RoleView) -> str:
    return "predefined" if row.predefined else "custom"


@roles.command("show")
@click.argument("role")
@click.pass_obj
def show(settings: Settings, role: str) -> None:
    """Show a role and what each of its permissions allows."""
    with signed_in(settings) as (services, operator):
        row = services.roles.find(operator, role)
    if settings.json:
        output.json_object(shapes.role(row))
    else:
        output.fields(_fields(row))


def _fields(row: RoleView) -> Iterator[tuple[str, str]]:
    yield "Name", row.name
    yield "Id", row.id
    yield "Kind", _kind(row)
    yield "In use", f"{row.assignments:,} assignment{'' if row.assignments == 1 else 's'}"
    for number, permission in enumerate(row.permissions):
        yield ("" if number else "Permissions"), f"{permission.value}: {permission.explanation}"
