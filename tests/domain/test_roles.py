"""What a role holds after changes by name."""

from __future__ import annotations

import pytest

from pftui.domain.errors import InvalidInput
from pftui.domain.permissions import Permission
from pftui.domain.roles import permissions_named, with_changes

RUN, VIEW, ISSUES = Permission.RUN_SCANS, Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES


def test_names_are_put_in_order_once_and_older_ones_understood() -> None:
    assert permissions_named(["view_issues", "run_scans", "view_results"]) == (RUN, VIEW, ISSUES)
    with pytest.raises(InvalidInput, match=r"'fly' is no permission\. There are: .*view_results"):
        permissions_named(["run_scans", "fly"])


def test_permissions_are_added_and_removed() -> None:
    assert with_changes((VIEW,), ["run_scans"], []) == (RUN, VIEW)
    assert with_changes((RUN, VIEW, ISSUES), [], ["run_scans", "view_issues"]) == (VIEW,)
    assert with_changes((VIEW,), ["view_evaluations"], ["run_scans"]) == (VIEW,), "as it was"


def test_what_would_stay_allowed_cannot_be_removed_alone() -> None:
    with pytest.raises(InvalidInput, match="Run Scans includes View Issues: remove that too"):
        with_changes((RUN, ISSUES), [], ["view_issues"])
    with pytest.raises(InvalidInput, match="Run Scans is both added and removed"):
        with_changes((VIEW,), ["run_scans"], ["run_scans"])


def test_what_is_not_known_stays() -> None:
    unknown = Permission.stored("fly")
    assert with_changes((RUN, unknown), ["manage_targets"], ["run_scans"]) == (
        Permission.MANAGE_TARGETS,
        unknown,
    )
