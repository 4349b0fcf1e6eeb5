"""What the details of an account say: what it is, what it can do now, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.content import Content

from pftui.domain.accounts import AccountDetails, AssignmentView, KeyView, Kind
from pftui.domain.api_key import shown
from pftui.presentation.accounts import damage, status_sign, status_text
from pftui.presentation.keys import KeyState, key_state
from pftui.presentation.permissions import permission_names
from pftui.presentation.text import by, visible
from pftui.presentation.times import day_and_time, relative
from pftui.screens.accounts.columns import status_style
from pftui.screens.command import PALETTE_KEY

Part = tuple[str, str]


#: What a person without a team can do about it.
ASK_AN_ADMIN = "Ask a global admin to assign you to a team."


def heading(details: AccountDetails, *, named: bool = True) -> Content:
    """Name (unless it stands above), kind, status, and who created it when."""
    summary = details.summary
    parts: list[Part] = [(f"{visible(summary.name)}  ", "bold $text")] if named else []
    parts.append((summary.kind.label, "$muted"))
    between = "\n" if named else "  "
    parts.append((f"{between}{status_sign(summary)} {status_text(summary)}", f"${status_style(summary)}"))
    if summary.damaged:
        parts.append((f"\n{damage(summary.damaged)}", "$error"))
    creator = visible(by(details.created_by, gone=details.creator_gone))
    parts.append((f"\nCreated {day_and_time(details.created_at)}{creator}", "$muted"))
    if details.email:
        parts.append((f"\n{visible(details.email)}", "$muted"))
    if details.description:
        parts.append((f"\n{visible(details.description)}", "$text"))
    return Content.assemble(*parts)


def section(title: str, *parts: Part) -> Content:
    """A heading and what stands under it."""
    return Content.assemble((title, "$heading"), ("\n", "$text"), *parts)


def nothing(why: str, key: str, then: str) -> list[Part]:
    """Why it can do nothing, and the one key that is next."""
    return [
        ("Nothing: ", "$error"),
        (f"{why}\n", "$text"),
        ("Press ", "$muted"),
        (key or PALETTE_KEY, "$key"),
        (f" {then}", "$muted"),
    ]


def question(details: AccountDetails) -> str:
    """The heading over what an account can do."""
    return f"What {'they' if details.summary.kind is Kind.USER else 'it'} can do now"


def can_do_now(details: AccountDetails, key_of: Callable[[str], str], *, may_change: bool) -> list[Part]:
    """What an account, or its keys, can do at this moment, and why not more.

    `key_of` gives the key of a command. Who may not change it reads about themselves: what they can do
    about it.
    """
    service = details.summary.kind is Kind.SERVICE_ACCOUNT
    if details.disabled:
        return nothing("it is disabled.", key_of("toggle_disabled"), "to enable it.")
    if service and not details.live_keys:
        return nothing("it has no key.", key_of("new_key"), "to create one.")
    parts = _unsaved(details, key_of("new_key"))
    if not service and details.temporary_password_until:
        parts += [("Sign in once, and choose a password.\n", "$text")]
    if not details.assignments and not details.summary.global_admin and not may_change:
        return [*parts, ("Nothing: ", "$error"), ("no team yet.\n", "$text"), (ASK_AN_ADMIN, "$muted")]
    if not details.assignments and not details.summary.global_admin:
        return parts + nothing("no team yet.", key_of("assign"), "to assign it to a team.")
    if details.summary.global_admin:
        parts += [("Organization settings: ", "$text"), ("teams, roles, users, webhooks.\n", "$muted")]
    if not details.assignments:
        key = key_of("assign") or PALETTE_KEY
        parts += [("No team's data. Press ", "$muted"), (key, "$key"), (" to assign it to a team.", "$muted")]
    for assignment in details.assignments:
        parts += _grant(assignment)
    return parts


def _unsaved(details: AccountDetails, new_key: str) -> list[Part]:
    unsaved = [key for key in details.live_keys if not key.saved]
    if not unsaved:
        return []
    which = "A key was" if len(unsaved) == 1 else f"{len(unsaved)} keys were"
    return [
        (f"! {which} shown and perhaps never saved.\n", "$error"),
        ("Press ", "$muted"),
        (new_key or PALETTE_KEY, "$key"),
        (" for a new one, then revoke the old.\n", "$muted"),
    ]


def _grant(assignment: AssignmentView) -> list[Part]:
    return [
        (f"{visible(assignment.team_name)}: ", "$text"),
        (f"{visible(permission_names(assignment.permissions))}\n", "$muted"),
    ]


#: The sign and the colour of a key's state say what its word says too.
KEY_STYLES = {
    KeyState.REVOKED: ("✕", "$error"),
    KeyState.UNSAVED: ("!", "$error"),
    KeyState.ACTIVE: ("●", "$success"),
}


def key_status(key: KeyView) -> Part:
    """The state of one key: sign, word and colour."""
    state = key_state(key)
    sign, style = KEY_STYLES[state]
    return f"{sign} {state}", style


def key_lines(key: KeyView, now: datetime) -> list[Part]:
    """One key: its public part, its state, its life so far."""
    text, style = ("? damaged", "$error") if key.damaged else key_status(key)
    lines: list[Part] = [(visible(shown(key.key_id)), "$text"), (f"  {text}", style)]
    if key.label:
        lines.append((f"\n  {visible(key.label)}", "$text"))
    lines.append(
        (
            f"\n  created {day_and_time(key.created_at)}{visible(by(key.created_by, gone=key.creator_gone))}",
            "$muted",
        )
    )
    if key.revoked_at is not None:
        lines.append((f"\n  revoked {day_and_time(key.revoked_at)}{visible(by(key.revoked_by))}", "$muted"))
    else:
        used = relative(key.last_used_at, now)
        lines.append(("\n  never used" if used == "never" else f"\n  last used {used}", "$muted"))
    return lines


def team_lines(assignment: AssignmentView) -> list[Part]:
    """One team and the role in it."""
    damaged: list[Part] = [(f"  {damage(assignment.damaged)}", "$error")] if assignment.damaged else []
    return [
        (visible(assignment.team_name), "$text"),
        (f"  {visible(assignment.role_name)}", "$muted"),
        *damaged,
    ]


def details_text(
    details: AccountDetails,
    now: datetime,
    key_of: Callable[[str], str],
    *,
    may_change: bool,
    first: KeyView | None = None,
) -> Content:
    """All of it, for the pane beside the list; of the keys, `first` stands first."""
    can = can_do_now(details, key_of, may_change=may_change)
    blocks = [heading(details), section(question(details), *can)]
    if details.summary.kind is Kind.SERVICE_ACCOUNT:
        ordered = sorted(details.keys, key=lambda key: first is None or key.key_id != first.key_id)
        keys = [part for key in ordered for part in [*key_lines(key, now), ("\n", "$text")]]
        blocks.append(section("Keys", *(keys or [("none", "$muted")])))
    teams = [part for each in details.assignments for part in [*team_lines(each), ("\n", "$text")]]
    blocks.append(section("Teams", *(teams or [("none", "$muted")])))
    admin = "yes" if details.summary.global_admin else "no"
    blocks.append(section("Global admin privileges", (admin, "$text")))
    return Content("\n\n").join(block.rstrip() for block in blocks)
