"""Permissions, and the roles that ship."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.permissions import PREDEFINED_ROLES, Permission, allows, in_order

held = st.frozensets(st.sampled_from(Permission))


def test_the_documented_seven_are_there() -> None:
    # A newer document may add to them.
    assert [permission.value for permission in Permission][:7] == [
        "administrator",
        "view_configurations",
        "run_scans",
        "manage_configurations",
        "manage_targets",
        "view_results",
        "manage_results",
    ]
    assert Permission.RUN_SCANS.label == "Run Scans"


@pytest.mark.parametrize("words", ["label", "explanation", "short"])
def test_each_has_words_of_its_own(words: str) -> None:
    said = [getattr(permission, words) for permission in Permission]
    assert all(said)
    assert len(set(said)) == len(said)


def test_one_is_found_by_its_name() -> None:
    assert Permission("run_scans") is Permission.RUN_SCANS
    assert pickle.loads(pickle.dumps(Permission.RUN_SCANS)) is Permission.RUN_SCANS
    with pytest.raises(ValueError, match="launch_rockets"):
        Permission("launch_rockets")


def test_r4_the_predefined_roles_are_the_documented_ones() -> None:
    roles = {role.name: {permission.value for permission in role.permissions} for role in PREDEFINED_ROLES}
    assert roles == {
        "Administrator": {"administrator"},
        "Engineer": {permission.value for permission in Permission} - {"administrator"},
        "CI Runner": {"view_configurations", "run_scans", "view_results"},
        "Viewer": {"view_configurations", "view_results"},
    }


@given(held, st.sampled_from(Permission))
def test_a_role_allows_what_it_holds_and_administrator_everything(
    permissions: frozenset[Permission], wanted: Permission
) -> None:
    expected = wanted in permissions or Permission.ADMINISTRATOR in permissions
    assert allows(permissions, wanted) is expected


@given(held, held, st.sampled_from(Permission))
def test_more_permissions_never_allow_less(
    some: frozenset[Permission], more: frozenset[Permission], wanted: Permission
) -> None:
    assert allows(some | more, wanted) >= allows(some, wanted)


@given(st.lists(st.sampled_from(Permission)))
def test_the_order_is_the_documented_one_and_each_stands_once(given_: list[Permission]) -> None:
    ordered = in_order(given_)
    assert set(ordered) == set(given_)
    assert list(ordered) == [permission for permission in Permission if permission in set(given_)]
    assert in_order(permission.value for permission in given_) == ordered
