"""What a role allows is said in a few words, whatever it allows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.permissions import PREDEFINED_ROLES, Permission, PredefinedRole, in_order
from pftui.presentation.permissions import can_do, permission_names

WORDS = {
    "Administrator": ("everything in the team", "Everything in the team (Administrator)"),
    "Engineer": ("all but administrator", "All permissions but Administrator"),
    "CI Runner": ("view · run · results", "View Configurations, Run Scans, View Results"),
    "Viewer": ("view · results", "View Configurations, View Results"),
}


@pytest.mark.parametrize("role", PREDEFINED_ROLES, ids=lambda role: role.name)
def test_the_predefined_roles_have_these_words(role: PredefinedRole) -> None:
    assert (can_do(role.permissions), permission_names(role.permissions)) == WORDS[role.name]


def test_a_role_may_allow_nothing() -> None:
    assert (can_do(()), permission_names(())) == ("nothing", "No permission")


@given(st.lists(st.sampled_from(Permission), unique=True).map(in_order))
def test_no_permission_is_forgotten(held: Sequence[Permission]) -> None:
    words, names = can_do(held), permission_names(held)
    if Permission.ADMINISTRATOR not in held and len(held) < len(Permission) - 1:
        assert all(permission.short in words and permission.label in names for permission in held)
