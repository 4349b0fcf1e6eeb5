"""What a role allows is said in a few words, whatever it allows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.permissions import (
    ALL_BUT_ADMINISTRATOR,
    PREDEFINED_ROLES,
    Permission,
    PredefinedRole,
    effective,
    in_order,
    not_included,
)
from pftui.presentation.permissions import can_do, permission_names

WORDS = {
    "Administrator": ("everything in the team", "Everything in the team (Administrator)"),
    "Engineer": ("all but administrator", "All permissions but Administrator"),
    "CI Runner": ("run · evals · view", "View Configurations, Run Scans, Create Evaluations"),
    "Viewer": ("view", "View Configurations, View Evaluations, View Issues"),
}


@pytest.mark.parametrize("role", PREDEFINED_ROLES, ids=lambda role: role.name)
def test_the_predefined_roles_have_these_words(role: PredefinedRole) -> None:
    assert (can_do(role.permissions), permission_names(role.permissions)) == WORDS[role.name]


def test_a_role_may_allow_nothing() -> None:
    assert (can_do(()), permission_names(())) == ("nothing", "No permission")


@given(st.lists(st.sampled_from(Permission), unique=True).map(in_order))
def test_no_permission_is_forgotten_and_none_told_that_another_includes(held: Sequence[Permission]) -> None:
    words, names = can_do(held).split(" · "), permission_names(held).split(", ")
    everything = set(effective(tuple(held))) >= set(ALL_BUT_ADMINISTRATOR)
    if held and not everything:
        told = not_included(held)
        assert names == [permission.label for permission in told]
        short = {each.short for each in told}
        if "view" in words:
            words.remove("view")
            short = {each for each in short if not each.startswith("view ")}
        assert set(words) == short


@given(st.lists(st.sampled_from(Permission), unique=True).map(in_order))
def test_all_that_can_be_viewed_is_one_word(held: Sequence[Permission]) -> None:
    views = {Permission.VIEW_CONFIGURATIONS, Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES}
    assert "view" not in can_do(held).split(" · ") or views <= set(effective(tuple(held)))
