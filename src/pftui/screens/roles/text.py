"""What the pane says of a role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from pftui.domain.permissions import Permission, effective
from pftui.domain.roles import Holder
from pftui.domain.teams import RoleView
from pftui.presentation.accounts import damage
from pftui.presentation.roles import LOCKED, held_by, holder, included_by, more_holders
from pftui.presentation.teams import role_kind
from pftui.presentation.text import visible
from pftui.screens.accounts.text import section

Part = tuple[str, str]


def role_text(role: RoleView, holders: Sequence[Holder], *, may_change: bool) -> Content:
    """The role whole: what it is, what each permission gives, and who holds it where."""
    blocks = [
        heading(role, may_change=may_change),
        section("Permissions", *_permissions(role)),
        section(f"Held by {held_by(role)}", *_holders(role, holders, may_change=may_change)),
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


def _permissions(role: RoleView) -> Iterator[Part]:
    """All ten, and what a newer pftui has given it: held, included by what is held, or neither."""
    allowed = effective(role.permissions)
    for each in (*Permission, *(one for one in allowed if not one.known)):
        if each not in allowed:
            yield f"· {each.label}\n", "$muted"
            yield f"  {each.explanation}\n", "$muted"
            continue
        by = included_by(role.permissions, each)
        yield "✓ ", "$success"
        yield visible(each.label), "$text"
        yield f"\n  {each.explanation}\n", "$muted"
        if by:
            yield f"  {by}\n", "$muted"


def _holders(role: RoleView, holders: Sequence[Holder], *, may_change: bool) -> Iterator[Part]:
    if not may_change and role.assignments > len(holders):
        yield "Only a global admin sees who else holds it.\n", "$muted"
    for each in holders:
        yield f"{visible(holder(each))}\n", "$text"
    if may_change:
        for more in more_holders(role.assignments - len(holders)):
            yield f"{more}\n", "$muted"
