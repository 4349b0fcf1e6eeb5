"""What a filter finds, on both databases, and why a row is among it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pftui.domain.accounts import AccountQuery, AccountSummary, Operator
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.services.contracts import Services
from tests.conftest import SetClock
from tests.services.conftest import Cast

Find = Callable[[str], list[str]]
Rows = Callable[[str], list[AccountSummary]]


@pytest.fixture
def rows(services: Services, admin: Operator, cast: Cast) -> Rows:
    """The accounts that a filter finds, once listing, counting and placing agree; a few more than usual."""
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    services.users.create(admin, email="emil@acme.example", name="Emil Novák")
    jen = services.service_accounts.create(admin, name="Jenkins")
    payments = services.teams.create(admin, "Zahlungen – Café")
    services.teams.add(admin, payments.id, jen.account_id, cast.role_id)

    def found(text: str) -> list[AccountSummary]:
        query = AccountQuery(text=text)
        listed = list(services.accounts.page(admin, query, PageRequest()))
        assert services.accounts.count(admin, query).total == len(listed)
        for number, row in enumerate(listed):
            assert services.accounts.position(admin, query, row.id) == number
        if listed:
            after = services.accounts.page(admin, query, PageRequest(after=listed[0].id))
            assert list(after) == listed[1:]
        return listed

    return found


@pytest.fixture
def find(rows: Rows) -> Find:
    """Their names."""
    return lambda text: [row.name for row in rows(text)]


EVERYBODY = ["Alice Ng", "Bao", "ci-bot", "Emil Novák", "Jenkins"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", EVERYBODY),
        ("novak emil", ["Emil Novák"]),
        ("EMIL novák acme", ["Emil Novák"]),
        ("red bao", ["Bao"]),
        ("cafe jen", ["Jenkins"]),
        ("zahlungen bao", []),
        ("is:invited", ["Emil Novák"]),
        ("invited", ["Emil Novák"]),
        ("is:inv !emil", []),
        ("is:unsaved", ["ci-bot", "Jenkins"]),
        ("is:attention !jen", ["ci-bot"]),
        ("is:admin", ["Alice Ng"]),
        ("admin", ["Alice Ng"]),
        ("!admin", ["Bao", "ci-bot", "Emil Novák", "Jenkins"]),
        ("!is:admin is:user", ["Bao", "Emil Novák"]),
        ("is:service", ["ci-bot", "Jenkins"]),
        ("!red", ["Alice Ng", "ci-bot", "Emil Novák", "Jenkins"]),
        ("!cafe is:unsaved", ["ci-bot"]),
        ("!red !cafe !is:admin", ["ci-bot", "Emil Novák"]),
        ("is:gone", []),
        ("!is:gone", EVERYBODY),
        ("is:", EVERYBODY),
        ("x" * 2001, []),
    ],
)
def test_a_filter_finds(text: str, names: list[str], find: Find) -> None:
    assert find(text) == names


def test_disabled_means_the_account_whatever_its_status_says_first(
    services: Services, admin: Operator, cast: Cast, find: Find
) -> None:
    services.accounts.disable(admin, cast.bot.account_id)
    assert find("is:disabled") == find("disabled") == ["ci-bot"]
    assert "ci-bot" in find("is:unsaved")
    assert "ci-bot" not in find("!disabled")


def test_a_row_says_in_which_team_or_key_a_word_was_found(
    services: Services,
    admin: Operator,
    cast: Cast,
    clock: SetClock,
    rows: Rows,
) -> None:
    (bao,) = rows("red bao")
    assert (bao.found_team, bao.found_key) == ("Red Team", None)
    clock.forward(minutes=1)
    newest = services.keys.create(admin, cast.bot.account_id)
    (bot,) = rows(f"pfsa_{cast.bot.key_id}…")
    assert bot.identifier == f"pfsa_{newest.key_id}…", "the newest one"
    assert bot.found_key is not None
    assert (bot.found_key.key_id, bot.found_key.account_name) == (cast.bot.key_id, "ci-bot")
    assert not bot.found_team
    (bot,) = rows("ci-b")
    assert (bot.found_team, bot.found_key) == ("", None), "that is seen in its name"


def test_a_key_is_found_by_how_it_begins_in_either_case_and_also_when_it_has_ended(
    services: Services, admin: Operator, cast: Cast, rows: Rows
) -> None:
    services.keys.revoke(admin, cast.bot.key_id)
    key_id = cast.bot.key_id
    for text in (key_id, key_id.lower()[:6], f"pfsa_{key_id.swapcase()[:5]}", cast.bot.key.reveal()):
        (bot,) = rows(text)
        assert bot.found_key is not None, text
        assert (bot.found_key.key_id, bot.found_key.live) == (key_id, False)
    assert rows(f"!pfsa_{key_id} is:service")[0].name == "Jenkins"
    assert not rows(key_id[1:] + "x")


def test_who_is_no_admin_finds_nobody_else_by_any_word(services: Services, cast: Cast, find: Find) -> None:
    for text in ("red", "is:user", "!is:admin", "!jen", "bao"):
        seen = services.accounts.page(cast.bao, AccountQuery(text=text), PageRequest())
        assert [row.id for row in seen] == [cast.bao.id], text
    for text in ("jen", "is:admin", "cafe", cast.bot.key_id):
        assert not services.accounts.page(cast.bao, AccountQuery(text=text), PageRequest()), text


def test_a_renamed_row_is_found_by_its_new_texts(
    services: Services, admin: Operator, cast: Cast, find: Find
) -> None:
    services.accounts.update(admin, cast.bao.id, name="Ørsted", email="new@elsewhere.example")
    services.teams.rename(admin, cast.team_id, "Blau")
    assert find("orsted elsewhere blau") == ["Ørsted"]
    assert not find("bao")
    assert find("red") == ["Ørsted"], "a team's slug stays, and is looked into as well"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("team RED", ["Red Team"]),
        ("cafe", ["Zahlungen – Café"]),
        ("red-te", ["Red Team"]),
        ("is:empty", ["Default"]),
        ("empty", ["Default"]),
        ("!is:empty !red", ["Zahlungen – Café"]),
        ("is:admin", []),
    ],
)
def test_teams_are_found_by_the_same_rules(
    text: str, names: list[str], find: Find, services: Services, admin: Operator
) -> None:
    query = TeamQuery(text=text)
    found = services.teams.page(admin, query, PageRequest())
    assert [team.name for team in found] == names
    assert services.teams.count(admin, query) == len(names)


def test_the_attention_view_is_what_is_counted_as_such(
    services: Services, admin: Operator, find: Find
) -> None:
    everything = services.accounts.count(admin, AccountQuery())
    view = AccountQuery(attention=True)
    assert services.accounts.count(admin, view).total == everything.attention == 2
    assert len(services.accounts.page(admin, view, PageRequest())) == 2
    narrowed = AccountQuery(text="jen", attention=True)
    assert [row.name for row in services.accounts.page(admin, narrowed, PageRequest())] == ["Jenkins"]
