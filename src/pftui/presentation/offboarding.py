"""Somebody has left: what they leave behind, and the report that it is over, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from pftui.domain.api_key import shown
from pftui.domain.offboarding import Check, Decided, Fate, Leaver, LeftKey, Offboarded
from pftui.presentation.cells import shortened
from pftui.presentation.consequences import Sentences
from pftui.presentation.sessions import where_from
from pftui.presentation.text import counted
from pftui.presentation.times import exact, relative

_ADMIN = "! global admin: "
_NAMED = 3  # keys that a question names one by one


def key_words(left: LeftKey, now: datetime) -> str:
    """`! global admin: pfsa_Ab12Cd34Ef… of ci-bot (label), last used 3 min ago`."""
    admin = _ADMIN if left.global_admin else ""
    label = f" ({left.key.label})" if left.key.label else ""
    return f"{admin}{shown(left.key.key_id)} of {left.key.account_name}{label}, {key_use(left, now)}"


def key_use(left: LeftKey, now: datetime) -> str:
    """When the key was last used; and that it does not work now, where its account is disabled."""
    used = relative(left.key.last_used_at, now)
    disabled = "; its account is disabled" if left.disabled else ""
    return ("never used" if used == "never" else f"last used {used}") + disabled


def goes_on(leaver: Leaver, now: datetime) -> Sentences:
    """What works on where a person is disabled or deleted alone; nothing where there is nothing."""
    count = len(leaver.keys)
    if not count:
        return ()
    work = "works on" if count == 1 else "work on"
    return (f"{counted(count, 'key')} that they were shown {work}: {_some_keys(leaver, now)}.",)


def besides(leaver: Leaver, now: datetime, *, deleted: bool) -> Sentences:
    """What else there is of a person who is disabled or, with their roles named before, deleted alone."""
    sessions = len(leaver.sessions)
    had = (
        *((f"{counted(sessions, 'open session')} end{'s' if sessions == 1 else ''}.",) if sessions else ()),
        *((_teams(leaver),) if leaver.account.assignments and not deleted else ()),
        *stays(leaver),
    )
    return (*((" ".join(had),) if had else ()), *goes_on(leaver, now))


def were_shown(leaver: Leaver, now: datetime) -> Sentences:
    """The same, where it is said besides what becomes of them."""
    return (f"They were shown {_some_keys(leaver, now)}.",) if leaver.keys else ()


def _some_keys(leaver: Leaver, now: datetime) -> str:
    named = "; ".join(key_words(left, now) for left in leaver.keys[:_NAMED])
    more = len(leaver.keys) - _NAMED
    return f"{named}; and {more:,} more" if more > 0 else named


def ends(leaver: Leaver) -> Sentences:
    """What an offboarding ends, before the keys are spoken of."""
    end, sessions = "They cannot sign in any more", len(leaver.sessions)
    if sessions:
        end += f", and {counted(sessions, 'open session')} end{'s' if sessions == 1 else ''}"
    if leaver.account.disabled:
        end = "They are disabled, and cannot sign in now"
    return f"{end}.", _teams(leaver)


def stays(leaver: Leaver) -> Sentences:
    """The service accounts that they created, which nothing happens to."""
    accounts = leaver.accounts
    if not accounts:
        return ()
    named = ", ".join(shortened(row.name, 30) for row in accounts[:_NAMED])
    more = f", and {len(accounts) - _NAMED:,} more" if len(accounts) > _NAMED else ""
    service_accounts = counted(len(accounts), "service account")
    return (f"{service_accounts} that they created stay{'s' if len(accounts) == 1 else ''}: {named}{more}.",)


def _teams(leaver: Leaver) -> str:
    teams = leaver.account.assignments
    if not teams:
        return "They are in no team."
    named = ", ".join(f"{each.team_name} ({each.role_name})" for each in teams)
    return f"{counted(len(teams), 'team')}: {named}."


def listed(leaver: Leaver, now: datetime) -> Iterator[str]:
    """What a person leaves behind, line by line."""
    disabled = ", disabled" if leaver.account.disabled else ""
    yield f"{leaver.account.summary.name} ({leaver.account.email}){disabled}"
    yield from _section("Teams", _roles(leaver))
    yield from _section("Open sessions", _sessions(leaver))
    yield from _section("Service accounts that they created", _accounts(leaver, now))
    yield from _section("Live keys that they were shown", [key_words(each, now) for each in leaver.keys])


class LineKind(Enum):
    """What a line of the report says."""

    HEADING = auto()
    ITEM = auto()
    RIGHT = auto()
    WRONG = auto()


class ReportLine(NamedTuple):
    """One line of the report, as plain data: names in it are what somebody has typed."""

    text: str
    kind: LineKind = LineKind.HEADING


def report(done: Offboarded, organization: str) -> Iterator[ReportLine]:
    """The proof that it is over, line by line: a text to be kept."""
    leaver, now = done.leaver, done.at
    yield ReportLine(f"Offboarding of {done.name} ({leaver.account.email})")
    yield ReportLine(f"Account {leaver.account.summary.id}, {organization}")
    yield ReportLine(f"Done {exact(now)} by {done.by}")
    if done.disabled_before is not None:
        yield ReportLine(f"Disabled before, by {done.disabled_before}")
    yield ReportLine(f"Audit trail: events {done.first} to {done.head.sequence}")
    yield ReportLine(f"Head: {done.head.sequence}:{done.head.hash}")
    sections = {
        "Teams they can do nothing in any more": _roles(leaver),
        "Sessions ended": _sessions(leaver),
        "Keys revoked": [_decided(each, now) for each in done.of(Fate.REVOKE)],
        "Keys kept": [_decided(each, now) for each in done.of(Fate.KEEP)],
        "Service accounts that they created, which stay": _accounts(leaver, now),
    }
    for title, items in sections.items():
        heading, *lines = _section(title, items)
        yield ReportLine(heading)
        yield from (ReportLine(line, LineKind.ITEM) for line in lines)
    heading, *lines = _section("Looked at afterwards", [_check(each) for each in done.checks])
    yield ReportLine(heading)
    for line, check in zip(lines, done.checks, strict=True):
        yield ReportLine(line, LineKind.ITEM if check.holds else LineKind.WRONG)
    yield ReportLine(over(done), LineKind.RIGHT if done.over else LineKind.WRONG)


def over(done: Offboarded) -> str:
    """The one sentence that it comes to."""
    if done.over:
        return "All of it is over."
    return "It was done, but NOT all of it is as it should be now: see what was looked at afterwards."


def outcome(done: Offboarded) -> str:
    """The same in one notice."""
    revoked, kept = len(done.of(Fate.REVOKE)), len(done.of(Fate.KEEP))
    return f"{done.name} is offboarded: {counted(revoked, 'key')} revoked, {kept:,} kept. {over(done)}"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {'none' if not lines else len(lines)}"
    yield from (f"  {line}" for line in lines)


def _roles(leaver: Leaver) -> list[str]:
    return [f"{each.team_name}: {each.role_name}" for each in leaver.account.assignments]


def _sessions(leaver: Leaver) -> list[str]:
    return [
        f"{where_from(each.source)}, signed in {exact(each.created_at)}, {each.id}"
        for each in leaver.sessions
    ]


def _accounts(leaver: Leaver, now: datetime) -> list[str]:
    lines = []
    for row in leaver.accounts:
        used = relative(row.last_used_at, now)
        use = "never used" if used == "never" else f"last used {used}"
        lines.append(f"{_ADMIN if row.global_admin else ''}{row.name}, {use}")
    return lines


def _decided(each: Decided, now: datetime) -> str:
    because = f": {each.choice.reason}" if each.choice.reason else ""
    return f"{key_words(each.left, now)}{because}"


def _check(check: Check) -> str:
    return f"{'yes' if check.holds else 'NO'}  {check.what}"
