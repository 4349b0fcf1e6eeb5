"""The one status of an account: the first that holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.accounts import NEEDS_ATTENTION, Kind, Status, status_of


@given(
    st.sampled_from(Kind),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.booleans(),
)
def test_the_first_status_that_holds_is_the_status(
    kind: Kind, disabled: bool, admin: bool, teams: int, live: int, unsaved: int, temporary: bool
) -> None:
    unsaved = min(unsaved, live)
    found = status_of(
        kind,
        disabled=disabled,
        global_admin=admin,
        team_count=teams,
        live_keys=live,
        unsaved_keys=unsaved,
        temporary_password=temporary,
    )
    holds = {
        Status.KEY_UNSAVED: unsaved > 0,
        Status.DISABLED: disabled,
        Status.INVITED: kind is Kind.USER and temporary,
        Status.NO_KEY: kind is Kind.SERVICE_ACCOUNT and live == 0,
        Status.NO_TEAM: teams == 0 and not admin,
        Status.ACTIVE: True,
    }
    assert found is next(status for status in sorted(holds) if holds[status])


def test_each_status_has_a_word_and_a_sign_of_one_cell() -> None:
    assert [status.label for status in Status] == [
        "key unsaved",
        "disabled",
        "invited",
        "no key",
        "no team",
        "active",
    ]
    assert all(len(status.sign) == 1 for status in Status)
    assert {status for status in Status if status.needs_attention} == NEEDS_ATTENTION
