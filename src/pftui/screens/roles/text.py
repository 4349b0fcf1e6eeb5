"""What the pane says of a role."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content

from pftui.domain.permissions import Permission, effective
from pftui.domain.roles import Holders
from pftui.domain.teams import RoleView
from pftui.presentation.accounts import damage
from pftui.presentation.cells import shortened
from pftui.presentation.roles import LOCKED, held_in_all, holder_lines, included_by
from pftui.presentation.teams import role_kind
from pftui.presentation.text import visible
from pftui.screens.accounts.text import section

Part = tuple[str, str]
_LEAST = 20  # cells for what a permission gives


def role_text(role: RoleView, held: Holders, width: int, *, may_change: bool) -> Content:
    """The role whole, in `width` cells: what it is, what each permission gives, who holds it where."""
    blocks = [
        heading(role, may_change=may_change),
        section("Permissions", *_permissions(role, width)),
        section(
            _held_by(role, held, may_change=may_change), *_holders(role, held, width, may_change=may_change)
        ),
    ]
    return Content("\n\n").join(block.rstrip() for block in blocks)


def heading(role: RoleView, *, may_change: bool) -> Content:
    """Name, kind, description; of a predefined one why it stays as it is."""
    parts: list[Part] = [(f"{visible(role.name)}  ", "bold $text"), (role_kind(role), "$muted")]
    if role.damaged:
        parts.append((f"\n{damage(role.damaged)}", "$error"))
    if role.description:
        parts.append((f"\n{visible(role.description)}", "$text"))
    if role.predefined and may_change:
        parts.append((f"\n{LOCKED}", "$muted"))
    return Content.assemble(*parts)


def _permissions(role: RoleView, width: int) -> Iterator[Part]:
    """All ten, and what a newer pftui has given it: held, included by what is held, or neither."""
    allowed = effective(role.permissions)
    for each in (*Permission, *(one for one in allowed if not one.known)):
        by = included_by(role.permissions, each)
        yield ("✓ ", "$success") if each in allowed else ("· ", "$muted")
        yield visible(each.label), "$text" if each in allowed else "$muted"
        if by is not None:
            yield f"  in {by.label}", "$muted"
        lines = wrap(each.explanation, max(width - 2, _LEAST))
        yield "".join(f"\n  {line}" for line in lines) + "\n", "$muted"


def _held_by(role: RoleView, held: Holders, *, may_change: bool) -> str:
    """Who is no admin knows of their own assignments only."""
    return f"Held by {held_in_all(held)}" if may_change or not role.accounts else "Held by"


def _holders(role: RoleView, held: Holders, width: int, *, may_change: bool) -> Iterator[Part]:
    for line in holder_lines(held):
        yield f"{shortened(visible(line), max(width, _LEAST))}\n", "$text"
    if not may_change and role.accounts > held.accounts:
        yield "Only a global admin sees who else holds it.\n", "$muted"
