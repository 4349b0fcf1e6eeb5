"""`pftui roles …`: what a role allows."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pftui.commands import output
from pftui.commands.completing import complete_roles
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.teams import RoleView
from pftui.presentation import shapes
from pftui.presentation.accounts import damage
from pftui.presentation.teams import ROLE_COLUMNS, role_kind
from pftui.presentation.text import counted

roles = Noun("roles")


@roles.command("list")
@click.pass_obj
def list_roles(settings: Settings) -> None:
    """List all roles, predefined ones first."""
    with signed_in(settings) as (services, operator):
        rows = services.roles.list(operator)
    if settings.json:
        output.json_array(shapes.role(row) for row in rows)
        return
    output.table(ROLE_COLUMNS, rows, "No role was found.")


@roles.command("show")
@click.argument("role", shell_complete=complete_roles)
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
    yield "Kind", role_kind(row)
    if row.damaged:
        yield "", damage(row.damaged)
    yield "In use", counted(row.assignments, "assignment")
    for number, permission in enumerate(row.permissions):
        yield ("" if number else "Permissions"), f"{permission.value}: {permission.explanation}"
