"""Events for other programs: JSON Lines, CSV, CEF."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.audit import Action, Actor, AuditEvent, Target
from pftui.domain.audit_form import GENESIS, StoredEvent, event_hash, event_of, stored_event
from pftui.presentation.audit_export import CSV_COLUMNS, Format, lines, no_formula

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def event(description: str = "Created team Red", actor: str = "Alice Ng", **other: object) -> StoredEvent:
    made = AuditEvent(
        sequence=7,
        id="an-id",
        description=description,
        actor=Actor("alice", actor, "alice@acme.example"),
        action=Action.TEAM_CREATED,
        target=Target.TEAM,
        target_id="red",
        organization_id="acme",
        team_id="red",
        created_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        metadata={"name": description, **other},
        previous_hash=GENESIS,
        source={"by": "password", "uid": 1000, "claimed": {"host": "jump|host=1"}},
    )
    return stored_event(made)._replace(hash=event_hash(made))


def exported(stored: StoredEvent, form: Format) -> str:
    return "".join(lines([stored], form))


@given(TEXTS, TEXTS)
def test_a_json_line_is_the_object_of_the_event(description: str, actor: str) -> None:
    stored = event(description, actor)
    text = exported(stored, Format.JSONL)
    assert text.endswith("\n")
    assert text.isascii()
    assert text[:-1].isprintable()
    assert json.loads(text) == event_of(stored).as_json()
    assert list(json.loads(text)) == list(event_of(stored).as_json())


@pytest.mark.parametrize(
    "damage",
    [
        {"metadata": "{"},
        {"metadata": "[]"},
        {"metadata": '{"a":1} x'},
        {"source": "7"},
        {"description": None},
    ],
)
@pytest.mark.parametrize("form", Format)
def test_a_damaged_event_is_one_line_that_says_so(form: Format, damage: dict[str, str]) -> None:
    text = exported(event()._replace(**damage), form)  # type: ignore[arg-type]  # as a store may hold it
    assert "Event 7 was edited and cannot be read" in text
    assert text.count("\n") == (2 if form is Format.CSV else 1)


def test_a_time_that_is_none_is_damage_where_it_must_be_counted_from() -> None:
    stored = event()._replace(created_at="2026-13-45T00:00:00.000000Z")
    assert "Event 7 was edited and cannot be read" in exported(stored, Format.CEF)


@pytest.mark.parametrize(("form", "shown"), [(Format.CSV, r"Team \u3164"), (Format.CEF, r"Team \\u3164")])
def test_what_draws_nothing_is_an_escape(form: Format, shown: str) -> None:
    assert shown in exported(event("Team \u3164"), form)


@given(TEXTS)
def test_csv_has_the_documented_columns_and_runs_nothing(text: str) -> None:
    rows = list(csv.reader(io.StringIO(exported(event(text, text), Format.CSV), newline="")))
    assert rows[0][:5] == ["Date", "Actor", "Actor Email", "Action", "Description"]
    assert len(rows) == 2
    assert len(rows[1]) == len(CSV_COLUMNS)
    for cell in rows[1]:
        assert not re.match(r"\s*[=+\-@\t\r\n＝＋－＠]", cell), cell


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(1)", "  =1", "\t=1", "＝1", "＠x"])
def test_a_formula_is_a_text(formula: str) -> None:
    assert no_formula(formula) == f"'{formula}"
    assert no_formula(f"x{formula}") == f"x{formula}"


@given(TEXTS)
def test_cef_keeps_its_fields_apart(text: str) -> None:
    line = exported(event(text), Format.CEF)
    assert line.count("\n") == 1
    assert line.endswith("\n")
    header = re.split(r"(?<!\\)\|", line)
    assert header[:2] == ["CEF:0", "pftui"]
    assert header[4:7] == ["team_created", "Team created", "3"]
    extension = line.split("|", 7)[7]
    fields = dict(re.findall(r"(\w+)=((?:\\.|[^=\\])*)(?= \w+=|$)", extension.rstrip("\n")))
    assert fields["externalId"] == "7"
    assert fields["act"] == "team_created"
    assert fields["cs1Label"] == "hash"
    assert fields["cs1"] == event(text).hash


def test_cef_tells_failures_apart() -> None:
    refused = event()._replace(action=Action.CHANGE_REFUSED.value)
    text = exported(refused, Format.CEF)
    assert "|change_refused|Change refused|7|" in text
    assert " outcome=failure " in text
