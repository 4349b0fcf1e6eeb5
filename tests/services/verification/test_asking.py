"""What a program may hand to a verifier, and what it may not do with one."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.accounts import Operator
from pftui.domain.decisions import Reason
from pftui.domain.errors import TryAgain, WrongUsage
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup import kept
from pftui.services.contracts import Services
from pftui.services.location import store_url
from pftui.services.verification.matches import WrongSecretLimit
from pftui.services.verification.verifier import Verifier
from tests.services.conftest import Cast
from tests.services.verification.conftest import Seconds
from tests.services.verification.test_verifier import everything, fail_until_limit, with_wrong_secret


class Refusing:
    """Falls over whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Refusing
        raise RuntimeError(name)

    __len__ = __bool__ = __str__ = __repr__ = __eq__ = None  # type: ignore[assignment]


def forgotten() -> Secret:
    secret = Secret("pfsa_")
    secret.forget()
    return secret


ODD: list[Any] = [
    *(None, 7, 1.5, True, [], {}, object(), Refusing(), Path("key"), ["pfsa_"], str, len),
    *(b"", b"\xff\xfe", bytearray(59), memoryview(bytes(59))),
    *(Secret(""), forgotten(), "\ud800" * 59, "\0" * 59, "é" * 59),
]


@pytest.mark.parametrize("given", ODD, ids=lambda each: type(each).__name__)
def test_what_is_no_key_is_malformed_whatever_it_is(given: Any, verifier: Verifier) -> None:
    assert verifier.verify(given).reason is Reason.MALFORMED
    assert verifier.verify(given, team="red-team", permission="run_scans").reason is Reason.MALFORMED


@pytest.mark.parametrize("of", [str, str.encode, Secret], ids=["str", "bytes", "Secret"])
def test_a_key_is_one_as_text_as_bytes_and_as_a_secret(
    of: Callable[[str], Any], verifier: Verifier, key: str
) -> None:
    for _ in range(2):  # the second time it is remembered
        assert verifier.verify(of(key), team="red-team", permission="run_scans")
    assert verifier.verify(of(key + "x")).reason is Reason.MALFORMED


def test_a_store_is_named_by_a_path_too(sqlite_path: Path, tmp_path: Path) -> None:
    with Verifier(sqlite_path) as verifier:
        assert verifier.verify("").reason is Reason.MALFORMED
    assert store_url(Path("~/x.db")) == store_url("~/x.db")


@pytest.mark.parametrize("reference", ["red-team", "RED-TEAM", "Red-Team", " red-TEAM "])
def test_a_slug_is_found_in_any_case_wherever_a_team_is_named(
    reference: str, verifier: Verifier, key: str, services: Services, admin: Operator, cast: Cast
) -> None:
    team = services.teams.find(admin, cast.team_id)
    services.teams.rename(admin, team.id, "Blue Team", version=team.version)  # of which it is not the name
    assert verifier.verify(key, team=reference).grants[0].team_slug == "red-team"
    assert services.teams.find(admin, reference).id == cast.team_id
    assert services.audit.find_subject(admin, reference) == cast.team_id


def test_a_verifier_refuses_pickle_and_copy_with_a_sentence(verifier: Verifier, key: str) -> None:
    refused: list[Callable[[Any], Any]] = [pickle.dumps, copy.copy, copy.deepcopy]
    for refuse in refused:
        with pytest.raises(TypeError, match="make one in each process"):
            refuse(verifier)
    assert verifier.verify(key)


@given(st.floats(0, 1e7), st.lists(st.tuples(st.booleans(), st.floats(0, 3)), min_size=1, max_size=60))
def test_after_the_seconds_the_next_call_runs(start: float, wrong: list[tuple[bool, float]]) -> None:
    seconds = Seconds()
    seconds.now = start
    limit = WrongSecretLimit(seconds)
    for tagged, pause in wrong:
        limit.count_wrong("Ab12Cd34Ef", tagged=tagged)
        seconds.now += pause
    for tagged in (True, False):
        seconds.now += limit.wait("Ab12Cd34Ef", tagged=tagged)
        assert limit.wait("Ab12Cd34Ef", tagged=tagged) == 0


@pytest.mark.usefixtures("every_tag_fits")
def test_a_wait_is_never_of_0_seconds(verifier: Verifier, key: str, seconds: Seconds) -> None:
    refused = fail_until_limit(verifier, key)
    seconds.now += refused.seconds - 0.01
    with pytest.raises(TryAgain, match="again in 1 s") as almost:
        verifier.verify(with_wrong_secret(key, 99))
    assert almost.value.seconds > 0
    seconds.now += almost.value.seconds
    assert verifier.verify(with_wrong_secret(key, 99)).reason is Reason.UNKNOWN


@pytest.fixture
def every_tag_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pftui.services.verification.answering.tag_fits", lambda *_: True)


def test_a_request_is_answered_by_its_headers(verifier: Verifier, key: str) -> None:
    for sent in (f"bearer  {key}", [f"Bearer {key}"], f"Bearer {key}".encode()):
        assert verifier.verify_header(sent, team="red-team", permission="run_scans").status == 200
    assert verifier.verify_header(None, key).allowed
    lacking = verifier.verify_header(None, key, "red-team", "manage_targets")
    assert (lacking.status, lacking.reason) == (403, Reason.LACKS_PERMISSION)
    assert lacking.headers["WWW-Authenticate"].endswith('scope="manage_targets"')
    assert verifier.verify_header(None).reason is Reason.NO_CREDENTIALS
    assert verifier.verify_header(f"Bearer {key}", key).status == 400
    hinted = verifier.verify_header(f"Bearer Bearer {key}")
    assert (hinted.status, hinted.reason) == (401, Reason.MALFORMED)
    assert "`Bearer`" in str(hinted.message)


def test_a_request_without_a_key_is_no_way_around_wrong_usage(verifier: Verifier) -> None:
    with pytest.raises(WrongUsage):
        verifier.verify_header(None, permission="run_scans")
    with pytest.raises(WrongUsage):
        verifier.verify_header(None, team="red-team", permission="fly")  # type: ignore[arg-type]


def test_a_request_that_is_not_to_count_leaves_no_trace(verifier: Verifier, key: str, store_url: str) -> None:
    before = everything(store_url)
    assert verifier.verify_header(None, key, touch=False)
    assert everything(store_url) == before
    assert verifier.verify_header(None, key)
    assert everything(store_url) != before


def test_what_was_decided_is_no_answer_to_another_question(
    verifier: Verifier,
    key: str,
    services: Services,
    admin: Operator,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever was asked before: by the same key or a wrong one, of the same team, another or none."""
    services.teams.create(admin, "Blue Team")
    teams = (None, "red-team", cast.team_id, "RED-TEAM", "blue-team", "no such team")
    permissions = (None, "run_scans", "view_results", "manage_targets", "fly")
    texts = (key, with_wrong_secret(key), key + "x")
    questions = [(text, team, wanted) for text in texts for team in teams for wanted in permissions]

    def answer(text: str, team: str | None, wanted: Any) -> object:
        try:
            return verifier.verify(text, team, wanted)
        except WrongUsage as error:
            return error.message

    with monkeypatch.context() as patch:
        patch.setattr(kept, "MOST_ROWS", -1)
        expected = [answer(*question) for question in questions]
    chosen = random.Random(1)
    for number in chosen.choices(range(len(questions)), k=600):
        assert answer(*questions[number]) == expected[number]
