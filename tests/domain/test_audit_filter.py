"""What may be typed into the filter of the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.audit import FAILURES, SIGN_INS, Action, AuditQuery, Target
from pftui.domain.audit_filter import (
    FIELDS,
    EventState,
    filter_fields,
    filter_text,
    parse_audit_filter,
    with_view,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def query(text: str) -> AuditQuery:
    found = parse_audit_filter(text, NOW, UTC)
    assert not found.problem, found.problem
    return found.query


def problem(text: str) -> str:
    return parse_audit_filter(text, NOW, UTC).problem


def test_each_of_the_documented_filters() -> None:
    assert query("from:2026-01-31").created_from == datetime(2026, 1, 31, tzinfo=UTC)
    assert query("to:2026-01-31").created_until == datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert query("from:2h").created_from == NOW - timedelta(hours=2)
    assert query("by:alice by:acme").actors == ("alice", "acme")
    assert query("action:login").action is Action.LOGIN
    assert query("action:api_key_rev").action is Action.API_KEY_REVOKED
    assert query("target:service").target is Target.SERVICE_ACCOUNT


def test_what_users_miss_there() -> None:
    assert query("ci-bot !sign").words == ("ci-bot",)
    assert query("ci-bot !sign").without_words == ("sign",)
    assert set(query("is:fail").only) == FAILURES
    assert set(query("!is:sign-in").without) == SIGN_INS
    assert query("!action:login").without == (Action.LOGIN,)
    assert parse_audit_filter('about:"Red Team"', NOW, UTC).about == "Red Team"
    assert query('"signed in" http://x').words == ("signed in", "http://x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from:yesterday", "no time"),
        ("from:9999999999999w", "no time"),
        ("to:0001-01-01T00:00+14:00", "no time"),
        ("target:planet", "There is no target planet"),
        ("action:jump", "There is no action jump"),
        ("is:odd", "is:failure, is:sign-in"),
        ("is:failure is:sign-in", "failure and a sign-in"),
        ("!about:x", "! goes before"),
        ("x " * 40, "more than"),
        ("x" * 3000, "longer"),
        ("\0", "cannot be stored"),
    ],
)
def test_what_is_not_understood_is_a_sentence(text: str, said: str) -> None:
    assert said in problem(text)


def test_what_is_still_being_typed_finds_everything() -> None:
    for text in ("", "by:", "from:", "about:", "is:", "!", "action: target:"):
        assert query(text).everything, text


def test_a_view_narrows_what_was_typed() -> None:
    typed = parse_audit_filter("by:alice", NOW, UTC)
    assert set(with_view(typed, (EventState.FAILURE, False)).query.only) == FAILURES
    assert set(with_view(typed, (EventState.SIGN_IN, True)).query.without) == SIGN_INS
    assert with_view(typed, (None, False)) == typed


def test_a_whole_key_that_was_pasted_is_not_looked_for() -> None:
    key = "pfsa_" + "A" * 54
    assert all(key not in word for word in query(key).words)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text("abc XYZ:!é-_.1", min_size=1, max_size=12)))
def test_the_form_writes_what_it_reads(fields: dict[str, str]) -> None:
    wanted = {name: value.strip() for name, value in fields.items() if value.strip()}
    assert filter_fields(filter_text(wanted, "key !sign")) == (wanted, "key !sign")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_query_or_a_sentence(text: str) -> None:
    found = parse_audit_filter(text, NOW, None)
    assert isinstance(found.query, AuditQuery)
