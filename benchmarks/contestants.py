"""One library that checks keys, in a process of its own: `python -m benchmarks.contestants NAME FOLDER`.

Each is used as its documentation has it. What is told, as JSON: milliseconds to the first answer after its
import, and in the middle of those that follow; answers a second; and whether the first call after a
revocation, made by somebody else, denies.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

SECONDS, MOST = 1.5, 20_000


class Contestant(NamedTuple):
    """How one opens, asks and revokes; `open` gives what asks, which may have to be awaited."""

    open: Callable[[], Callable[[], Any]]
    revoke: Callable[[], Any]


def pftui(url: str, key: str) -> Contestant:
    """The verifier."""
    from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD
    from pftui import Organization, Person, Verifier
    from pftui.domain.api_key import parse

    def opened() -> Callable[[], bool]:
        verifier = Verifier(url)
        return lambda: verifier.verify(key, team="default", permission="run_scans").allowed

    def revoke() -> None:
        with Organization(url, operator=Person(ADMIN_EMAIL, ADMIN_PASSWORD)) as organization:
            organization.keys.revoke(parse(key).key_id)

    return Contestant(opened, revoke)


def pftui_sqlite(folder: Path) -> Contestant:
    """On a new file."""
    from benchmarks.stores import fill

    url = f"sqlite:///{folder / 'pftui.db'}"
    return pftui(url, fill(url).reveal())


def pftui_postgresql(_folder: Path) -> Contestant:
    """On the server whose URL and key come by standard input."""
    return pftui(*sys.stdin.read().split())


def keyshield(folder: Path, *, cached: bool) -> Contestant:
    """SQLAlchemy on SQLite, argon2 and the delays that are its defaults."""
    from keyshield import ApiKeyService
    from keyshield.hasher.argon2 import Argon2ApiKeyHasher
    from keyshield.repositories.sql import SqlAlchemyApiKeyRepository
    from keyshield.services.cached import CachedApiKeyService
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    url, pepper = f"sqlite+aiosqlite:///{folder / 'keyshield.db'}", "of a benchmark"
    service = CachedApiKeyService if cached else ApiKeyService
    kept: dict[str, Any] = {}

    async def create() -> None:
        engine = create_async_engine(url)
        async with async_sessionmaker(engine)() as session:
            repository = SqlAlchemyApiKeyRepository(session)
            await repository.ensure_table(engine)
            made = ApiKeyService(repo=repository, hasher=Argon2ApiKeyHasher(pepper=pepper))
            kept["entity"], kept["key"] = await made.create(name="ci-bot", scopes=["run_scans"])
            await session.commit()
        await engine.dispose()

    def opened() -> Callable[[], Awaitable[bool]]:
        sessions = async_sessionmaker(create_async_engine(url))
        hasher = Argon2ApiKeyHasher(pepper=pepper)
        cache = _cache() if cached else {}

        async def ask() -> bool:
            async with sessions() as session:  # one a request, as with its dependency for FastAPI
                asked = service(repo=SqlAlchemyApiKeyRepository(session), hasher=hasher, **cache)
                try:
                    await asked.verify_key(kept["key"], required_scopes=["run_scans"])
                except Exception:  # noqa: BLE001  # a denial
                    return False
                await session.commit()
                return True

        return ask

    async def revoke() -> None:
        engine = create_async_engine(url)
        async with async_sessionmaker(engine)() as session:
            made = ApiKeyService(
                repo=SqlAlchemyApiKeyRepository(session), hasher=Argon2ApiKeyHasher(pepper=pepper)
            )
            entity = await made.get_by_id(kept["entity"].id_)
            entity.is_active = False
            await made.update(entity)
            await session.commit()
        await engine.dispose()

    asyncio.run(create())
    return Contestant(opened, revoke)


def _cache() -> dict[str, Any]:
    import aiocache

    return {"cache": aiocache.SimpleMemoryCache()}


def drf_api_key(folder: Path) -> Contestant:
    """Its model's manager, on SQLite."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["rest_framework", "rest_framework_api_key"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "django.db")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()
    from django.core.management import call_command
    from rest_framework_api_key.models import APIKey

    call_command("migrate", verbosity=0)
    made, key = APIKey.objects.create_key(name="ci-bot")

    def revoke() -> None:
        made.revoked = True
        made.save()

    return Contestant(lambda: lambda: APIKey.objects.is_valid(key), revoke)


def pyjwt(_folder: Path) -> Contestant:
    """A token signed with RS256, good for an hour. Nothing is asked, so nothing can be revoked."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    until = datetime.now(UTC) + timedelta(hours=1)
    token = jwt.encode({"sub": "ci-bot", "scope": "run_scans", "exp": until}, private, algorithm="RS256")

    def opened() -> Callable[[], bool]:
        public = private.public_key()
        return lambda: jwt.decode(token, public, algorithms=["RS256"])["scope"] == "run_scans"

    return Contestant(opened, lambda: None)


CONTESTANTS: Mapping[str, Callable[[Path], Contestant]] = {
    "pftui, SQLite": pftui_sqlite,
    "pftui, PostgreSQL": pftui_postgresql,
    "keyshield": lambda folder: keyshield(folder, cached=False),
    "keyshield with its cache": lambda folder: keyshield(folder, cached=True),
    "djangorestframework-api-key": drf_api_key,
    "PyJWT, RS256": pyjwt,
}


def measure(contestant: Contestant) -> dict[str, float | bool]:
    """All of it. What has to be awaited is, on one loop; that costs it some 0.05 ms a call."""
    with asyncio.Runner() as runner:

        def asked(call: Callable[[], Any]) -> Any:
            answer = call()
            return runner.run(answer) if asyncio.iscoroutine(answer) else answer

        begun = time.perf_counter()
        ask = contestant.open()
        assert asked(ask), "a valid key was denied"
        first = time.perf_counter() - begun
        times: list[float] = []
        begun = time.perf_counter()
        while (now := time.perf_counter()) - begun < SECONDS and len(times) < MOST:
            assert asked(ask), "a valid key was denied"
            times.append(time.perf_counter() - now)
        taken = time.perf_counter() - begun
        asked(contestant.revoke)
        return {
            "first": first * 1000,
            "p50": median(times) * 1000,
            "rate": len(times) / taken,
            "holds": not asked(ask),
        }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    contestant = CONTESTANTS[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps(measure(contestant)))
