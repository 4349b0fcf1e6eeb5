"""The fakes answer as the real verifiers do: each case is put to both."""

from __future__ import annotations

import inspect
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pftui import (
    AsyncVerifier,
    Decision,
    Permission,
    PftuiError,
    Reason,
    StoreUnavailable,
    TryAgain,
    Verifier,
)
from pftui.contrib.asgi import KeyMiddleware
from pftui.domain.api_key import checksum, generate
from pftui.domain.secret import Secret
from pftui.testing import FakeAsyncVerifier, FakeVerifier, TemporaryOrganization, make_template
from tests.services.verification.test_verifier import with_wrong_secret


@dataclass
class Pair:
    """Keys of a kind, of a store and of a fake."""

    real: Verifier
    fake: FakeVerifier
    keys: tuple[dict[str, str], dict[str, str]]
    url: str


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    template = make_template(tmp_path_factory.mktemp("template"))
    fake = FakeVerifier()
    with TemporaryOrganization.copied(template, tmp_path_factory.mktemp("copy")) as made:
        keys = prepared(made), prepared(fake)
        with Verifier(made.url) as real:
            yield Pair(real, fake, keys, made.url)


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
IN_TEAM: dict[str, Any] = {"team": "red-team"}
ASKED: list[dict[str, Any]] = [
    {},
    IN_TEAM,
    {"team": "RED-TEAM", "permission": "run_scans"},
    {"team": "Red Team", "permission": "administrator"},
    {"team": "red team", "permission": Permission.VIEW_CONFIGURATIONS},
    {"team": " red-team\t"},
    {"team": "Red\u200bTeam"},
    {"team": "THE ID"},
    {"team": "THE ID, in upper case"},
    {"team": "no-team"},
    {"team": "no-team", "permission": "run_scans"},
    {"team": ""},
    {"team": "  "},
    {"team": "red-team\0"},
    {"team": "\ud800"},
    {"permission": "run_scans"},
    {"permission": "run_scnas"},
    {"team": "red-team", "permission": "run_scnas"},
    {"team": "no-team", "permission": "Run Scans"},
    {"team": "red-team", "permission": ""},
    {"team": "red-team", "touch": False},
    {"team": "red-team", "timeout": 60},
    {"team": "red-team", "timeout": 0},
    {"team": "no-team", "timeout": True},
    {"team": "red-team", "caller": "nightly scan"},
    {"team": "red-team", "caller": b"nightly scan"},
    {"permission": "run_scnas", "caller": 7, "timeout": -1},
]


def told(ask: Callable[[], Decision]) -> object:
    """All of an answer that does not depend on what was made up."""
    try:
        decision = ask()
    except PftuiError as error:
        return type(error), error.message
    grants = [(each.team_name, each.team_slug, each.role_name, each.permissions) for each in decision.grants]
    admin = decision.account and decision.account.global_admin
    answer = decision.status, decision.headers, decision.key_id is None
    return decision.allowed, decision.reason, decision.message, answer, decision.asked, grants, admin


def put(verifier: Verifier, keys: dict[str, str], asked: dict[str, Any]) -> dict[str, Any]:
    """A question about a verifier's own team, where it is about the id of one."""
    if not str(asked.get("team")).startswith("THE ID"):
        return asked
    team_id = verifier.verify(keys["runner"]).grants[0].team_id
    return asked | {"team": team_id if asked["team"] == "THE ID" else team_id.upper()}


@pytest.mark.parametrize("asked", ASKED, ids=ascii)
def test_a_fake_answers_as_the_store_does(asked: dict[str, Any], pair: Pair) -> None:
    real, fake = pair.keys
    ours, theirs = put(pair.real, real, asked), put(pair.fake, fake, asked)
    for name in KEYS:
        expected = told(lambda: pair.real.verify(real[name], **ours))  # noqa: B023
        assert told(lambda: pair.fake.verify(fake[name], **theirs)) == expected, name  # noqa: B023
        header = told(lambda: pair.real.verify_header(f"Bearer {real[name]}", **ours))  # noqa: B023
        assert told(lambda: pair.fake.verify_header(f"Bearer {fake[name]}", **theirs)) == header, name  # noqa: B023


def forgotten(key: str) -> Secret:
    made = Secret(key)
    made.forget()
    return made


#: What is given for a key, made of a good one.
FORMS: dict[str, Callable[[str], Any]] = {
    "bytes": str.encode,
    "bytes of another encoding": lambda key: key.encode("utf-16"),
    "a secret": Secret,
    "a forgotten secret": forgotten,
    "nothing": lambda _: None,
    "a number": lambda _: 7,
    "a list": lambda key: [key],
    "the value of a header": lambda key: f"Bearer {key}",
    "a line": lambda key: f"{key}\n",
    "blanks before it": lambda key: f"  {key}",
    "its id": lambda key: key[5:15],
    "a wrong secret": with_wrong_secret,
    "a person's token of the same id": lambda key: _summed(f"pfut{key[4:53]}"),
    "surrogates": lambda _: "\ud800" * 59,
}


def _summed(body: str) -> str:
    return body + checksum(body)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["runner", "revoked", "disabled"])
def test_a_fake_takes_for_a_key_what_the_real_one_does(name: str, form: str, pair: Pair) -> None:
    real, fake = (FORMS[form](keys[name]) for keys in pair.keys)
    for asked in ({}, IN_TEAM, {"team": "no-team"}, {"team": "red-team", "permission": "run_scnas"}):
        expected = told(lambda: pair.real.verify(real, **asked))  # noqa: B023
        assert told(lambda: pair.fake.verify(fake, **asked)) == expected, asked  # noqa: B023


#: The values of `Authorization` and `X-API-Key`, by a good key.
HEADERS: list[Callable[[str], tuple[Any, Any]]] = [
    lambda _: (None, None),
    lambda _: ("", [" ", ""]),
    lambda _: ("Basic abc", None),
    lambda _: ("Bearer", None),
    lambda key: (f"bEaReR \t{key} ", None),
    lambda key: ([b"Basic abc", f"Bearer {key}".encode()], None),
    lambda key: (None, key),
    lambda key: (f"Bearer {key}", key),
    lambda key: (f"Bearer {key}, Bearer {key}", None),
    lambda key: (f"Bearer {key}", [key, "x"]),
    lambda key: (None, f"Bearer {key}"),
]


@pytest.mark.parametrize("asked", ASKED, ids=ascii)
def test_a_fake_reads_a_request_as_the_real_one_does(asked: dict[str, Any], pair: Pair) -> None:
    real, fake = pair.keys
    ours, theirs = put(pair.real, real, asked), put(pair.fake, fake, asked)
    for number, headers in enumerate(HEADERS):
        expected = told(lambda: pair.real.verify_header(*headers(real["runner"]), **ours))  # noqa: B023
        found = told(lambda: pair.fake.verify_header(*headers(fake["runner"]), **theirs))  # noqa: B023
        assert found == expected, number


def checked(verifier: Verifier, asked: dict[str, Any]) -> object:
    try:
        verifier.check(**asked)
    except PftuiError as error:
        return type(error), error.message
    return None


def for_check(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name in ("team", "permission", "timeout")}


@pytest.mark.parametrize("asked", ASKED, ids=ascii)
def test_a_fake_is_checked_as_the_store_is(asked: dict[str, Any], pair: Pair) -> None:
    real, fake = pair.keys
    expected = checked(pair.real, for_check(put(pair.real, real, asked)))
    assert checked(pair.fake, for_check(put(pair.fake, fake, asked))) == expected


def test_a_fake_that_was_closed_answers_as_a_closed_one(pair: Pair, tmp_path: Path) -> None:
    fake = FakeVerifier()
    keys = prepared(fake)
    real = Verifier(pair.url)
    for each in (real, fake):
        each.close()
        each.close()
    for name in KEYS:
        for asked in ASKED:
            if str(asked.get("team")).startswith("THE ID"):
                continue
            expected = told(lambda: real.verify(pair.keys[0][name], **asked))  # noqa: B023
            assert told(lambda: fake.verify(keys[name], **asked)) == expected, (name, asked)  # noqa: B023
            assert checked(fake, for_check(asked)) == checked(real, for_check(asked)), asked
    for each in (real, fake):
        with pytest.raises(StoreUnavailable, match="closed"):
            each.health()


def test_what_is_called_alike_is_told_of_by_both(tmp_path: Path) -> None:
    """A fake's teams come about as a store's do; that a reference fits two, rows alone can bring about."""
    template = make_template(tmp_path)
    fake = FakeVerifier()
    (tmp_path / "copy").mkdir(mode=0o700)
    with TemporaryOrganization.copied(template, tmp_path / "copy") as made, Verifier(made.url) as real:
        keys = [
            [source.key(team=team, role="Viewer") for team in ("Red Team", "red  team!", " Blue Team ")]
            for source in (made, fake)
        ]
        for team in (None, "Red Team", "red-team", "red-team-2", "red  team!", "blue-team", "Blue Team"):
            for ours, theirs in zip(*keys, strict=True):
                expected = told(lambda: real.verify(ours, team))  # noqa: B023
                assert told(lambda: fake.verify(theirs, team)) == expected, team  # noqa: B023
        with closing(sqlite3.connect(made.path)) as rows, rows:
            rows.execute("UPDATE teams SET name_folded = 'red-team' WHERE slug = 'blue-team'")
        fake._teams[-1] = replace(fake._teams[-1], name="red-team")
        expected = told(lambda: real.verify(keys[0][0], "red-team"))
        assert told(lambda: fake.verify(keys[1][0], "red-team")) == expected
        assert checked(fake, IN_TEAM) == checked(real, IN_TEAM)


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
    for ask in (lambda: fake.verify(key), lambda: fake.check("red-team"), fake.health):
        with pytest.raises(type(error), match=error.message):
            ask()
    fake.check(permission="run_scans")
    assert fake.verify("no key").reason is Reason.MALFORMED  # as where a store is away
    assert fake.verify_header(None).reason is Reason.NO_CREDENTIALS
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
