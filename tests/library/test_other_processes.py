"""Errors and results go to other processes and come back; secrets do not."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest

from pftui.domain.accounts import UNKNOWN_KIND, UNKNOWN_STATUS
from pftui.domain.api_key import ApiKey
from pftui.domain.audit import Action
from pftui.domain.errors import PftuiError, Throttled, TryAgain
from pftui.domain.permissions import Permission
from pftui.domain.secret import Secret
from pftui.domain.session_token import KeptSession
from pftui.domain.store_urls import ServerUrl
from pftui.services.results import NewKey, NewOrganization, NewSecret, TemporaryPassword
from tests.library.made import CANARY, errors_there_are, fill, made, made_error, results_there_are


def pickled(protocol: int, each: Any) -> Any:
    return pickle.loads(pickle.dumps(each, protocol))


PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": partial(pickled, protocol) for protocol in PROTOCOLS},
}
HOLD_SECRETS = {ApiKey, KeptSession, NewKey, NewOrganization, NewSecret, ServerUrl, TemporaryPassword}


@pytest.fixture(params=WAYS, scope="module")
def way(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return WAYS[request.param]


@pytest.mark.parametrize("kind", errors_there_are(), ids=lambda kind: kind.__name__)
def test_every_error_arrives_whole(kind: type[Exception], way: Callable[[Any], Any]) -> None:
    error = made_error(kind)
    error.add_note("a note")
    arrived = way(error)
    assert type(arrived) is kind
    assert arrived.args == error.args
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)
    assert repr(arrived) == repr(error)


@pytest.mark.parametrize("kind", results_there_are(), ids=lambda kind: kind.__name__)
def test_every_result_arrives_whole_but_for_its_secrets(kind: type, way: Callable[[Any], Any]) -> None:
    result: Any = made(kind)
    arrived = way(result)
    assert type(arrived) is kind
    assert repr(arrived) == repr(result)
    secrets = [name for name in fill(kind) if isinstance(getattr(result, name), Secret)]
    assert bool(secrets) is (kind in HOLD_SECRETS)
    for name in fill(kind):
        before, after = getattr(result, name), getattr(arrived, name)
        if name not in secrets:
            assert after == before
        elif way is not copy.copy:  # which copies the result, and takes over what is in it
            with pytest.raises(ValueError, match="forgotten"):
                after.reveal()


@pytest.mark.parametrize("kind", results_there_are(), ids=lambda kind: kind.__name__)
def test_no_result_tells_a_secret_by_accident(kind: type) -> None:
    result = made(kind)
    for shown in (repr(result), str(result), f"{result}"):
        assert CANARY not in shown
    for protocol in PROTOCOLS:
        assert CANARY.encode() not in pickle.dumps(result, protocol)


def test_what_an_error_says_of_itself() -> None:
    assert repr(TryAgain("Wait.", 2.0)) == "TryAgain('Wait.', seconds=2.0)"
    assert repr(PftuiError("It failed.")) == "PftuiError('It failed.')"


def test_words_of_a_newer_pftui_and_unknown_ones_are_the_same_after_it(way: Callable[[Any], Any]) -> None:
    assert way(UNKNOWN_KIND) is UNKNOWN_KIND
    assert way(UNKNOWN_STATUS) is UNKNOWN_STATUS
    for member in (Permission.RUN_SCANS, Action.TEAM_CREATED):
        assert way(member) is member
    newer = way(Permission.stored("of_a_newer_pftui"))
    assert (newer, newer.known, newer.short) == ("of_a_newer_pftui", False, "unknown")


def _wait_behind_a_limit(_: int) -> None:
    raise Throttled("Too many.", 2.0)


def test_a_pool_of_processes_hears_what_was_the_matter() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        heard = pool.submit(_wait_behind_a_limit, 1).exception(timeout=120)
        assert isinstance(heard, Throttled)
        assert heard.seconds == 2.0
        with pytest.raises(Throttled):  # and the pool is not broken by it
            pool.submit(_wait_behind_a_limit, 2).result(timeout=120)
