"""What may be typed into the filter of the audit trail.

Words stand between white space, in any order, and an event must fit every one: `by:alice` (who did it, by a
part of the name or address), `action:login` and `target:team` (by their names in the trail; the beginning
will do), `about:ci-bot` (what happened to an account, team, role, key or webhook), `from:2026-01-31`,
`to:2h`, and `is:failure` or `is:sign-in`. What holds a space stands in quotes: `about:"Red Team"`. Any other
word is looked for in the texts of the event and in what it changed, whatever its case and accents. `!` leaves
out what fits (not for from, to, by and about).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from pftui.domain.api_key import mask_typed_keys
from pftui.domain.audit import FAILURES, SIGN_INS, Action, AuditQuery, Target
from pftui.domain.moments import MOMENTS, parse_moment
from pftui.domain.names import LONGEST_FILTER, storable
from pftui.domain.search import MOST_WORDS


class EventState(StrEnum):
    """What a filter can ask of an event after `is:`."""

    FAILURE = "failure"
    SIGN_IN = "sign-in"


_STATES = {EventState.FAILURE: tuple(sorted(FAILURES)), EventState.SIGN_IN: tuple(sorted(SIGN_INS))}

#: The fields that a filter knows, in the order in which it is written.
FIELDS = ("from", "to", "by", "action", "target", "about")

_WORD = re.compile(r'(?=\S)(!?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What was typed, so far as it is understood.

    `query` is without what is named by `about`, which only a store can find. `problem` is the sentence on
    what is not understood, and with it nothing is found.
    """

    query: AuditQuery
    about: str = ""
    problem: str = ""


def parse_audit_filter(text: str, now: datetime, zone: tzinfo | None) -> AuditFilter:
    """What a filter asks for; times without a zone are of `zone`, which None makes the local one."""
    found = AuditFilter(AuditQuery())
    if not storable(text) or len(text) > LONGEST_FILTER:
        return replace(found, problem="The filter is longer than anything there is, or cannot be stored.")
    words = list(_WORD.finditer(mask_typed_keys(text)))
    if len(words) > MOST_WORDS:
        return replace(found, problem=f"There are more than {MOST_WORDS} words in the filter.")
    for word in words:
        excluded, name, value = bool(word[1]), (word[2] or "").lower(), word[3] or word[4] or ""
        if name not in (*FIELDS, "is"):
            value = f"{word[2]}:{value}" if word[2] else value
            found = _with_word(found, value, excluded)
        elif value:
            found = _with_field(found, name, value, excluded, now, zone)
    return found


def filter_text(fields: Mapping[str, str], words: str = "") -> str:
    """The filter that asks for these fields (each of `FIELDS`, or empty) and these words."""
    named = [f"{name}:{_quoted(fields[name].strip())}" for name in FIELDS if fields.get(name, "").strip()]
    return " ".join([*named, *([words.strip()] if words.strip() else [])])


def filter_fields(text: str) -> tuple[dict[str, str], str]:
    """The fields that a filter names, and the rest of it: `filter_text` the other way round."""
    fields: dict[str, str] = {}
    rest = []
    for word in _WORD.finditer(text):
        name = (word[2] or "").lower()
        if name in FIELDS and not word[1]:
            fields[name] = word[3] or word[4] or ""
        else:
            rest.append(word[0])
    return fields, " ".join(rest)


def _quoted(value: str) -> str:
    value = value.replace('"', "")
    return f'"{value}"' if " " in value else value


def _with_word(found: AuditFilter, word: str, excluded: bool) -> AuditFilter:
    query = found.query
    if not word or word == "!":
        return found
    if excluded:
        return replace(found, query=replace(query, without_words=(*query.without_words, word)))
    return replace(found, query=replace(query, words=(*query.words, word)))


def _with_field(
    found: AuditFilter, name: str, value: str, excluded: bool, now: datetime, zone: tzinfo | None
) -> AuditFilter:
    query = found.query
    if name == "is":
        return _with_state(found, value, excluded)
    if name == "action":
        return _with_action(found, value, excluded)
    if excluded:
        return replace(found, problem=f"! goes before a word, is: or action:, not before {name}:")
    if name == "about":
        return replace(found, about=value)
    if name == "by":
        return replace(found, query=replace(query, actors=(*query.actors, value)))
    if name == "target":
        target = next((each for each in Target if each.value.startswith(_name(value))), None)
        if target is None:
            return replace(found, problem=f"There is no target {value}. There are: {', '.join(Target)}.")
        return replace(found, query=replace(query, target=target))
    try:
        moment = parse_moment(value, now, zone, end=name == "to")
    except ValueError:
        return replace(found, problem=f"{name}:{value} is no time. {MOMENTS}")
    if name == "from":
        return replace(found, query=replace(query, created_from=moment))
    return replace(found, query=replace(query, created_until=moment))


def _with_state(found: AuditFilter, value: str, excluded: bool) -> AuditFilter:
    state = next((each for each in EventState if each.value.startswith(value.lower())), None)
    query = found.query
    if state is None:
        words = ", ".join(f"is:{each}" for each in EventState)
        return replace(found, problem=f"Nothing is known as is:{value}. There are: {words}.")
    actions = _STATES[state]
    if excluded:
        return replace(found, query=replace(query, without=(*query.without, *actions)))
    both = tuple(each for each in actions if not query.only or each in query.only)
    if not both:
        return replace(found, problem="Nothing is a failure and a sign-in that succeeded.")
    return replace(found, query=replace(query, only=both))


def _with_action(found: AuditFilter, value: str, excluded: bool) -> AuditFilter:
    name = _name(value)
    exact = next((each for each in Action if each.value == name), None)
    action = exact or next((each for each in Action if each.value.startswith(name)), None)
    if action is None:
        return replace(found, problem=f"There is no action {value}: see `pftui audit list --help`.")
    query = found.query
    if excluded:
        return replace(found, query=replace(query, without=(*query.without, action)))
    return replace(found, query=replace(query, action=action))


def _name(value: str) -> str:
    return value.lower().replace("-", "_")


def with_view(found: AuditFilter, view: tuple[EventState | None, bool]) -> AuditFilter:
    """The filter narrowed further: to the events in a state, or (with True) to those that are not."""
    state, excluded = view
    return found if state is None else _with_state(found, state.value, excluded)
