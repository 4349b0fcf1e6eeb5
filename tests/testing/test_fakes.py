"""The fakes answer as the real verifiers do: each case is put to both."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pftui import AsyncVerifier, Decision, StoreUnavailable, TryAgain, UnknownTeam, Verifier, WrongUsage
from pftui.contrib.asgi import KeyMiddleware
from pftui.domain.api_key import generate
from pftui.testing import FakeAsyncVerifier, FakeVerifier, TemporaryOrganization, make_template


@dataclass
class Pair:
    """Keys of a kind, of a store and of a fake."""

    real: Verifier
    fake: FakeVerifier
    keys: tuple[dict[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    template = make_template(tmp_path_factory.mktemp("template"))
    fake = FakeVerifier()
    with TemporaryOrganization.copied(template, tmp_path_factory.mktemp("copy")) as made:
        keys = prepared(made), prepared(fake)
        with Verifier(made.url) as real:
            yield Pair(real, fake, keys)


def prepared(source: TemporaryOrganization | FakeVerifier) -> dict[str, str]:
    """The same of each: which is why both have the same methods."""
    keys = {
        "runner": source.key(team="Red Team", role="CI Runner"),
        "viewer": source.key(team="red-team", role="viewer"),
        "blue": source.key(team="blue-team", role="Engineer"),
        "admin": source.key(global_admin=True),
        "idle": source.key(),
        "revoked": source.key(team="red-team", role="CI Runner"),
        "disabled": source.key(team="red-team", role="CI Runner"),
        "unknown": generate().text.reveal(),
    }
    source.revoke(keys["revoked"])
    source.disable(keys["disabled"])
    return keys | {"broken": keys["runner"][:-1] + "!", "cut": keys["runner"][:20], "none": ""}


KEYS = [
    "runner",
    "viewer",
    "blue",
    "admin",
    "idle",
    "revoked",
    "disabled",
    "unknown",
    "broken",
    "cut",
    "none",
]
ASKED: list[dict[str, Any]] = [
    {},
    {"team": "red-team"},
    {"team": "RED-TEAM", "permission": "run_scans"},
    {"team": "Red Team", "permission": "administrator"},
    {"team": "no-team"},
    {"permission": "run_scans"},
    {"team": "red-team", "permission": "run_scnas"},
]


def told(ask: Callable[[], Decision]) -> object:
    """All of an answer that does not depend on what was made up."""
    try:
        decision = ask()
    except (WrongUsage, UnknownTeam) as error:
        return type(error), error.message
    grants = [(each.team_slug, each.role_name, set(each.permissions)) for each in decision.grants]
    admin = decision.account and decision.account.global_admin
    return decision.reason, decision.message, decision.status, decision.headers, grants, admin


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("name", KEYS)
def test_a_fake_answers_as_the_store_does(name: str, asked: dict[str, Any], pair: Pair) -> None:
    real, fake = pair.keys
    expected = told(lambda: pair.real.verify(real[name], **asked))
    assert told(lambda: pair.fake.verify(fake[name], **asked)) == expected
    header = told(lambda: pair.real.verify_header(f"Bearer {real[name]}", **asked))
    assert told(lambda: pair.fake.verify_header(f"Bearer {fake[name]}", **asked)) == header


@pytest.mark.parametrize("asked", ASKED[1:], ids=str)
def test_a_fake_is_checked_as_the_store_is(asked: dict[str, Any], pair: Pair) -> None:
    def checked(verifier: Verifier) -> object:
        try:
            verifier.check(**asked)
        except WrongUsage as error:
            return type(error), error.message
        return None

    assert checked(pair.fake) == checked(pair.real)


@pytest.mark.parametrize(("fake", "real"), [(FakeVerifier, Verifier), (FakeAsyncVerifier, AsyncVerifier)])
def test_fakes_are_what_they_stand_for_and_take_what_it_takes(fake: type, real: type) -> None:
    assert issubclass(fake, real)
    for name, method in vars(real).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            assert inspect.signature(getattr(fake, name)) == inspect.signature(method), name


@pytest.mark.parametrize("error", [StoreUnavailable("Gone."), TryAgain("Wait.", 3.0)])
def test_a_fake_fails_when_it_is_told_to(error: StoreUnavailable | TryAgain) -> None:
    fake = FakeVerifier()
    key = fake.key()
    fake.fail(error)
    for ask in (lambda: fake.verify(key), fake.check, fake.health):
        with pytest.raises(type(error), match=error.message):
            ask()
    fake.fail(None)
    fake.health()


async def test_the_one_for_loops_stays_on_the_loop_and_is_opened_as_the_real_one() -> None:
    fake = FakeAsyncVerifier()
    key = fake.key(team="red-team", role="CI Runner")
    with pytest.raises(StoreUnavailable, match="not open"):
        await fake.verify(key)
    before = threading.active_count()
    async with fake:
        assert await fake.verify(key, team="red-team", permission="run_scans")
        assert await fake.verify_header(f"Bearer {key}", team="red-team")
        await fake.check("red-team")
        fake.revoke(key)
        assert not await fake.verify(key)
        assert not await fake.verify(fake.fake.key(team="red-team", role="Viewer"), "red-team", "run_scans")
        fake.fail(TryAgain("Wait.", 3.0))
        with pytest.raises(TryAgain):
            await fake.health()
        fake.disable(key)
    assert threading.active_count() <= before + 1  # the one that opened it


async def test_an_app_is_tested_with_a_fake() -> None:
    fake = FakeVerifier(teams=["red-team"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guarded = KeyMiddleware(app, fake, team="red-team", permission="run_scans")
    key = fake.key(team="red-team", role="CI Runner")
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = {"Authorization": f"Bearer {key}"}
        assert (await client.get("/", headers=headers)).status_code == 204
        fake.revoke(key)
        assert (await client.get("/", headers=headers)).status_code == 401
        fake.fail(StoreUnavailable("Gone."))
        assert (await client.get("/", headers=headers)).status_code == 503


def test_a_fake_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFTUI_DATABASE_URL", str(tmp_path / "not-there.db"))
    with FakeVerifier() as fake:
        assert not fake.verify("no key")
    assert not list(tmp_path.iterdir())
