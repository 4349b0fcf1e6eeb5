"""What those who run a program see of its verifications; it changes no answer and tells no secret."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui import AsyncVerifier, VerificationEvent, Verifier
from pftui.domain.api_key import generate, mask_keys
from pftui.domain.decisions import Reason
from pftui.domain.errors import StoreUnavailable, TryAgain, WrongUsage
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.services import hashing
from pftui.services.verification import watching
from pftui.services.verification.seldom import Seldom
from pftui.services.verification.watching import CALLER_LENGTH, escaped
from tests.patience import PATIENCE
from tests.services.verification.test_verifier import with_wrong_secret


class Heard:
    """A hook that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[VerificationEvent] = []

    def __call__(self, event: VerificationEvent) -> None:
        self.events.append(event)

    def wait(self, number: int) -> list[VerificationEvent]:
        until = time.monotonic() + PATIENCE
        while len(self.events) < number:
            assert time.monotonic() < until
            time.sleep(0.001)
        return self.events

    def told(self, number: int) -> list[tuple[str, int, str]]:
        return [(each.outcome, each.runs, each.cache) for each in self.wait(number)]


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


def test_a_hook_hears_of_each_call(store_url: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    with Verifier(store_url, hook=heard) as verifier:
        verifier.verify(key, team="red-team", permission="run_scans")
        verifier.verify(key, team="red-team", permission="manage_targets")
        verifier.verify(with_wrong_secret(key))
        verifier.verify(generate().text)
        verifier.verify("nonsense")
        verifier.verify_header(None)
        verifier.verify_header(None, key)
        with pytest.raises(WrongUsage):
            verifier.verify(key, "nowhere")
        for header in (None, f"Bearer {key}"):
            with pytest.raises(WrongUsage):
                verifier.verify_header(header, permission="run_scans")
        odd: Any = 7
        with pytest.raises(WrongUsage):
            verifier.verify(key, caller=odd)
        with pytest.raises(WrongUsage):
            verifier.verify_header(None, caller=odd)
        monkeypatch.setattr("pftui.services.verification.answering.tag_fits", lambda *_: True)
        verifier.verify(with_wrong_secret(key))
        verifier.verify(with_wrong_secret(key))
        for error in (StoreUnavailable("gone"), TryAgain("later", 1.0), RuntimeError("odd")):
            monkeypatch.setattr(KeyReader, "read", raising(error))
            with pytest.raises(type(error)):
                verifier.verify(key)
    assert heard.told(17) == [
        ("allowed", 1, "miss"),
        ("lacks_permission", 0, "match"),
        ("unknown", 0, "tag"),
        ("unknown", 0, "none"),
        ("malformed", 0, "none"),
        ("no_credentials", 0, "none"),
        ("allowed", 0, "match"),
        ("wrong_usage", 0, "match"),
        *[("wrong_usage", 0, "none")] * 4,
        ("unknown", 1, "miss"),
        ("unknown", 0, "wrong"),
        ("store_unavailable", 0, "none"),
        ("try_again", 0, "none"),
        ("error", 0, "none"),
    ]
    assert all(0 <= event.seconds < PATIENCE for event in heard.events)
    assert heard.events[0].seconds > 0


async def test_on_an_event_loop_it_hears_the_same(store_url: str, key: str) -> None:
    heard = Heard()
    async with AsyncVerifier(store_url, hook=heard) as asked:
        await asked.verify(key, caller="a")
        await asked.verify(key, caller="b")
        await asked.verify_header(None, caller="c")
        odd: Any = 7
        with pytest.raises(WrongUsage):
            await asked.verify(key, caller=odd)
        waiting = asyncio.create_task(asked.verify(generate().text, caller="d"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert heard.told(5) == [
        ("allowed", 1, "miss"),
        ("allowed", 0, "match"),
        ("no_credentials", 0, "none"),
        ("wrong_usage", 0, "none"),
        ("cancelled", 0, "none"),
    ]
    assert [event.caller for event in heard.events] == ["a", "b", "c", None, "d"]


def test_who_shares_anothers_run_makes_none(
    store_url: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, together = Heard(), threading.Barrier(4)
    real = hashing.key_matches

    def slowly(*arguments: Any) -> bool:
        time.sleep(0.2)  # so that others come meanwhile; who does not, finds a match
        return real(*arguments)

    monkeypatch.setattr(hashing, "key_matches", slowly)
    with Verifier(store_url, hook=heard) as verifier:

        def ask() -> None:
            together.wait()
            verifier.verify(key)

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for each in askers:
            each.start()
        for each in askers:
            each.join()
        assert sum(event.runs for event in heard.wait(4)) == 1


def test_no_event_tells_which_key(store_url: str, key: str) -> None:
    heard = Heard()
    with Verifier(store_url, hook=heard) as verifier:
        verifier.verify(key, caller=f"job with {key}")
        verifier.verify(with_wrong_secret(key))
    said = repr(heard.wait(2))
    assert key[15:] not in said
    assert "ci-bot" not in said
    assert heard.events[0].caller == f"job with {mask_keys(key)}"


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, None])
def test_a_hook_that_raises_or_blocks_changes_no_answer(
    error: type[BaseException] | None, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    called, go_on = threading.Event(), threading.Event()

    def hook(_: VerificationEvent) -> None:
        called.set()
        if error is not None:
            raise error("of the hook")
        go_on.wait(PATIENCE)

    verifier = Verifier(sqlite_url, hook=hook)
    for _ in range(50):
        assert verifier.verify(generate().text).reason is Reason.UNKNOWN
    assert called.wait(PATIENCE)
    began = time.monotonic()
    verifier.close()
    assert time.monotonic() - began < PATIENCE / 2  # and the hook blocks for all of it
    go_on.set()
    if error is not None:
        assert caplog.messages == ["a hook for verifications failed, which is told once"]


def test_what_a_hook_is_too_slow_for_is_counted(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_HELD", 5)
    heard, go_on = Heard(), threading.Event()

    def slow(event: VerificationEvent) -> None:
        go_on.wait(PATIENCE)
        heard(event)

    with Verifier(sqlite_url, hook=slow) as verifier:
        for _ in range(20):
            verifier.verify("")
        go_on.set()
        events = heard.wait(5)
        before = len(events)
        while len(heard.events) == before:
            verifier.verify("")
    assert sum(event.lost for event in heard.events) + len(heard.events) >= 20


def test_a_closed_watch_leaves_no_thread(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_HELD", 2)
    held, go_on = threading.Event(), threading.Event()

    def slow(_: VerificationEvent) -> None:
        held.set()
        assert go_on.wait(PATIENCE)

    verifier = Verifier(sqlite_url, hook=slow)
    verifier.verify("")
    assert held.wait(PATIENCE)
    thread = verifier.watch._thread
    assert thread is not None
    for _ in range(5):  # more than it has room for
        verifier.verify("")
    threading.Timer(0.01, go_on.set).start()
    verifier.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    with pytest.raises(StoreUnavailable):
        verifier.verify(generate().text)
    assert verifier.watch._thread is None


def test_a_forked_child_tells_its_own(sqlite_url: str) -> None:
    heard = Heard()
    with Verifier(sqlite_url, hook=heard) as verifier:
        verifier.verify("")
        heard.wait(1)
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            code = 1
            try:
                verifier.verify("")
                code = 0 if len(heard.wait(2)) == 2 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(heard.events) == 1


def test_the_log_says_what_an_operator_needs(
    store_url: str, key: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Verifier(store_url) as verifier:
        with caplog.at_level(logging.INFO, logger="pftui.verification"):
            verifier.verify(key, caller="job 7\n[red]")
            assert not caplog.records
            verifier.verify(key, "red-team", "manage_targets", caller="job 7\n[red]")
            verifier.verify(with_wrong_secret(key), caller=f"x{key}")
        lacking, wrong = [record.getMessage() for record in caplog.records]
        assert lacking == f"lacks_permission: key {key[:15]}… of ci-bot, for job 7\\n[red]"
        assert wrong == f"unknown: key {key[:15]}…, for x{key[:15]}…"
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="pftui.verification"):
            verifier.verify(key)
        assert caplog.messages == [f"allowed: key {key[:15]}… of ci-bot"]
        assert key[15:] not in caplog.text


def test_the_log_tells_a_lost_store_once_in_a_while(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    seldom = Seldom(logging.getLogger("pftui.verification"), "nothing was decided", lambda: now[0])
    monkeypatch.setattr(watching, "_SELDOM", seldom)
    with Verifier(sqlite_url) as verifier:
        monkeypatch.setattr(KeyReader, "read", raising(StoreUnavailable("The store is gone.")))
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                verifier.verify(generate().text, caller="job 7")
        now[0] += 5
        with pytest.raises(StoreUnavailable):
            verifier.verify(generate().text)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert caplog.messages == [
        "nothing was decided (store_unavailable): The store is gone., for job 7",
        "nothing was decided (store_unavailable): The store is gone. (2 more since the last line)",
    ]


@given(st.text(max_size=500))
def test_a_caller_is_printable_and_short(text: str) -> None:
    shown = escaped(text)
    assert shown is not None
    assert len(shown) <= CALLER_LENGTH
    assert shown.isprintable()


def test_a_caller_is_escaped_and_told_from_what_is_escaped() -> None:
    assert escaped(None) is None
    assert escaped("") == ""
    assert escaped("10.0.0.7 Zoë") == "10.0.0.7 Zoë"
    assert escaped("a\nb\x1b[31m\u202e") == "a\\nb\\x1b[31m\\u202e"
    assert escaped("a\\nb") == "a\\\\nb"
    assert escaped("x" * 200) == "x" * 200
    assert escaped("x" * 201) == "x" * 199 + "…"
    key = generate().text.reveal()
    for before in range(150, 260):  # wherever the text is cut off
        assert key[15:25] not in str(escaped("x" * before + " " + key))


def test_a_caller_that_is_no_text_is_wrong_usage(sqlite_url: str) -> None:
    odd: Any = b"job"
    with Verifier(sqlite_url) as verifier:
        with pytest.raises(WrongUsage, match="`caller`"):
            verifier.verify("", caller=odd)
        with pytest.raises(WrongUsage, match="`caller`"):
            verifier.verify_header(None, caller=odd)
