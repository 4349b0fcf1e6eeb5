"""Permissions, and the roles that ship."""

from __future__ import annotations

import pickle
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.permissions import (
    ASKABLE,
    INCLUDES,
    OLDER_NAMES,
    PREDEFINED_ROLES,
    Permission,
    PermissionName,
    allows,
    effective,
    given_by,
    in_order,
    meant_by,
    not_included,
)

held = st.frozensets(st.sampled_from(Permission))


DOCUMENTED = {
    "administrator": [
        "view_configurations", "run_scans", "manage_configurations", "manage_targets", "view_evaluations",
        "create_evaluations", "manage_evaluations", "view_issues", "manage_issues",
    ],
    "view_configurations": [],
    "run_scans": ["view_evaluations", "view_issues"],
    "manage_configurations": ["view_configurations"],
    "manage_targets": [],
    "view_evaluations": [],
    "create_evaluations": ["view_evaluations"],
    "manage_evaluations": ["view_evaluations", "create_evaluations"],
    "view_issues": [],
    "manage_issues": ["view_issues"],
}  # fmt: skip
"""The ten of the newer documents in their order, each with what it includes."""


def test_the_documented_ten_are_there_with_what_they_include() -> None:
    assert {each.value: [one.value for one in INCLUDES.get(each, ())] for each in Permission} == DOCUMENTED
    assert [each.value for each in Permission] == list(DOCUMENTED)
    assert Permission.RUN_SCANS.label == "Run Scans"


def test_what_is_included_by_what_is_included_is_named_too() -> None:
    for held in Permission:
        assert set(effective(effective((held,)))) == set(effective((held,)))


def test_the_older_names_mean_two_each_and_are_none_themselves() -> None:
    assert [meant_by(name) for name in ("view_results", "manage_results")] == [
        (Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES),
        (Permission.MANAGE_EVALUATIONS, Permission.MANAGE_ISSUES),
    ]
    assert not OLDER_NAMES.keys() & {each.value for each in Permission}
    assert set(ASKABLE) == set(get_args(PermissionName))
    assert all(meant_by(each) == meant_by(each.value) == (each,) for each in Permission)


@pytest.mark.parametrize("name", ["", "Run Scans", "RUN_SCANS", "view_targets", ["run_scans"], 1])
def test_nothing_else_is_a_permission(name: Any) -> None:
    with pytest.raises(ValueError, match="no permission"):
        meant_by(name)


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
        "CI Runner": {
            "view_configurations", "run_scans", "create_evaluations", "view_evaluations", "view_issues",
        },
        "Viewer": {"view_configurations", "view_evaluations", "view_issues"},
    }  # fmt: skip


@given(held, st.sampled_from(Permission))
def test_a_role_allows_what_it_holds_and_what_that_includes(
    permissions: frozenset[Permission], wanted: Permission
) -> None:
    role = in_order(permissions)
    expected = wanted in permissions or any(wanted in DOCUMENTED[each.value] for each in permissions)
    assert allows(role, wanted) is expected
    assert (wanted in effective(role)) is expected
    by = given_by(role, wanted)
    assert (by is not None) is expected
    assert by is None or (by in permissions and wanted in effective((by,)))


@given(held)
def test_what_is_not_included_says_all(permissions: frozenset[Permission]) -> None:
    told = not_included(in_order(permissions))
    assert effective(told) == effective(in_order(permissions))
    assert all(each not in effective((other,)) for each in told for other in told if each is not other)


def test_what_a_newer_pftui_has_stored_allows_nothing() -> None:
    unknown = Permission.stored("fly")
    assert effective((unknown, Permission.RUN_SCANS))[-1] is unknown
    assert not any(allows((unknown,), each) for each in Permission)


@given(held, held, st.sampled_from(Permission))
def test_more_permissions_never_allow_less(
    some: frozenset[Permission], more: frozenset[Permission], wanted: Permission
) -> None:
    assert allows(in_order(some | more), wanted) >= allows(in_order(some), wanted)


@given(st.lists(st.sampled_from(Permission)))
def test_the_order_is_the_documented_one_and_each_stands_once(given_: list[Permission]) -> None:
    ordered = in_order(given_)
    assert set(ordered) == set(given_)
    assert list(ordered) == [permission for permission in Permission if permission in set(given_)]
    assert in_order(permission.value for permission in given_) == ordered
