"""`pftui roles …`: what a role allows, who holds it, and custom roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from pftui.commands import output
from pftui.commands.completing import complete_roles
from pftui.commands.failures import notify
from pftui.commands.progress import Progress
from pftui.commands.reading import confirm, require_consent
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.names import clean_description, clean_name
from pftui.domain.permissions import ASKABLE
from pftui.domain.roles import Holders, RolePreview, predefined_kept, with_changes
from pftui.domain.teams import RoleView
from pftui.presentation import roles as words
from pftui.presentation import shapes
from pftui.presentation.accounts import damage
from pftui.presentation.teams import ROLE_COLUMNS, role_kind

roles = Noun("roles")
role_argument = click.argument("role_reference", metavar="ROLE", shell_complete=complete_roles)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Only say who would gain and lose what: nothing is changed."
)
_PERMISSION = click.Choice(ASKABLE)


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
@role_argument
@click.pass_obj
def show(settings: Settings, role_reference: str) -> None:
    """Show a role: what it allows, what includes what, and who holds it where."""
    with signed_in(settings) as (services, operator):
        row = services.roles.find(operator, role_reference)
        holders = services.roles.holders(operator, row.id)
    if settings.json:
        output.json_object(shapes.role_details(row, holders))
    else:
        output.fields(_fields(row, holders))


def _fields(row: RoleView, held: Holders) -> Iterator[tuple[str, str]]:
    yield "Name", row.name
    yield "Id", row.id
    yield "Kind", role_kind(row)
    if row.damaged:
        yield "", damage(row.damaged)
    yield "Description", row.description or "–"
    yield from output.field("Permissions", list(words.permission_lines(row.permissions)))
    yield "Held by", words.held_in_all(held)
    for line in words.holder_lines(held):
        yield "", line


@roles.command("create")
@click.argument("name")
@click.option(
    "--permission",
    "permissions",
    type=_PERMISSION,
    multiple=True,
    required=True,
    metavar="PERMISSION",
    help="What it allows. May be given more than once.",
)
@click.option("--description", default="", metavar="TEXT", help="What it is for.")
@click.pass_obj
def create(settings: Settings, name: str, permissions: tuple[str, ...], description: str) -> None:
    """Create a custom role. It is given in teams as the predefined ones are."""
    name, description = clean_name(name), clean_description(description)
    with signed_in(settings) as (services, operator):
        _print(settings, services.roles.create(operator, name, permissions, description), "Created")


@roles.command("update")
@role_argument
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--description", metavar="TEXT", help="Another description; an empty one removes it.")
@click.option(
    "--add",
    "added",
    type=_PERMISSION,
    multiple=True,
    metavar="PERMISSION",
    help="What it allows besides. May be given more than once.",
)
@click.option(
    "--remove",
    "removed",
    type=_PERMISSION,
    multiple=True,
    metavar="PERMISSION",
    help="What it allows no more. May be given more than once.",
)
@dry_run_option
@click.pass_obj
def update(
    settings: Settings,
    role_reference: str,
    name: str | None,
    description: str | None,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Change a custom role; what it allows no more ends at once for all who hold it."""
    if name is None and description is None and not (added or removed):
        raise click.UsageError("Nothing is to be changed: give --name, --description, --add or --remove.")
    name = clean_name(name) if name is not None else None
    description = clean_description(description) if description is not None else None
    with signed_in(settings) as (services, operator):
        row = services.roles.find(operator, role_reference)
        permissions = with_changes(row.permissions, added, removed)
        preview = services.roles.preview(operator, row.id, permissions)
        if dry_run:
            _print_preview(settings, preview, words.preview(preview), "changed")
            return
        changed = services.roles.update(
            operator,
            row.id,
            row.version,
            name=name,
            description=description,
            permissions=permissions if added or removed else None,
        )
        _print(settings, changed, "Updated", words.preview(preview) if added or removed else ())


@roles.command("duplicate")
@role_argument
@click.argument("name")
@click.pass_obj
def duplicate(settings: Settings, role_reference: str, name: str) -> None:
    """Create a custom role that allows the same as another one, which may be a predefined one."""
    name = clean_name(name)
    with signed_in(settings) as (services, operator):
        row = services.roles.find(operator, role_reference)
        _print(settings, services.roles.duplicate(operator, row.id, name), "Created")


def _print(settings: Settings, row: RoleView, what: str, sentences: Sequence[str] = ()) -> None:
    notify(" ".join((f"{what} the role {row.name}.", *sentences)))
    if settings.json:
        output.json_object(shapes.role(row))


@roles.command("delete")
@role_argument
@click.option(
    "--move-to",
    "target_reference",
    metavar="ROLE",
    help="The role that all who hold it get in its place, in the same step.",
)
@dry_run_option
@click.pass_obj
def delete(settings: Settings, role_reference: str, target_reference: str | None, dry_run: bool) -> None:
    """Delete a custom role; one that is held needs another one in its place."""
    if not dry_run:
        require_consent(settings)
    with signed_in(settings) as session:
        services, operator = session
        row = services.roles.find(operator, role_reference)
        target = services.roles.find(operator, target_reference) if target_reference is not None else None
        preview, sentences = _end(session, row, target)
        if dry_run:
            _print_preview(settings, preview, sentences, "deleted")
            return
        refused = row.predefined or (target is None and row.accounts > 0)
        if not refused:
            confirm(settings, f"Deleting the role {row.name}.", sentences, name=row.name)
        moved = services.roles.delete(
            operator, row.id, target.id if target is not None else None, row.version, Progress("Moving")
        )
        instead = f" {target.name} is in its place." if target is not None and moved else ""
        notify(f"Deleted the role {row.name}.{instead}")
        if settings.json:
            output.json_object(shapes.role_deleted(row, target, moved))


def _end(session: Session, row: RoleView, target: RoleView | None) -> tuple[RolePreview, Sequence[str]]:
    """What the end of a role would change, and the sentences on it."""
    services, operator = session
    preview = services.roles.preview(operator, row.id, target.permissions if target is not None else ())
    if target is not None:
        return preview, words.moved(preview, target)
    if row.accounts:
        return preview, (words.needs_another(preview, "name the role that they get with --move-to"),)
    return preview, (words.NOBODY,)


def _print_preview(settings: Settings, preview: RolePreview, sentences: Sequence[str], what: str) -> None:
    if preview.role.predefined:
        raise predefined_kept(preview.role.name, what)
    if settings.json:
        output.json_object(shapes.role_preview(preview))
        return
    for sentence in sentences:
        output.line(sentence)
    if preview.gained or preview.lost:
        for text in words.holder_lines(preview.holders):
            output.line(f"  {text}")
