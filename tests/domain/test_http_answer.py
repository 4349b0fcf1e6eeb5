"""From a request to its key, and from a decision to the answer (RFC 6750)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.come_again import retry_headers
from pftui.domain.decisions import Decision, denied, malformed
from pftui.domain.errors import StoreDamaged, StoreUnavailable, Throttled, TryAgain
from pftui.domain.http_answer import HeaderValues, key_of_request
from pftui.domain.permissions import OLDER_NAMES, Permission
from pftui.domain.reasons import MESSAGES, Reason

KEY = "pfsa_Ab12Cd34Ef"
NONE, SEVERAL = ("", Reason.NO_CREDENTIALS), ("", Reason.SEVERAL_CREDENTIALS)
blanks = st.text(" \t", max_size=3)
bearer = st.sampled_from(["Bearer", "bearer", "BEARER", "bEaReR"])
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1)
headers = st.none() | st.text() | st.binary() | st.lists(st.text() | st.binary())


@given(bearer, st.text(" \t", min_size=1, max_size=3), tokens, blanks, blanks)
def test_a_key_is_found_whatever_the_case_and_the_white_space(
    scheme: str, between: str, token: str, before: str, after: str
) -> None:
    value = f"{before}{scheme}{between}{token}{after}"
    sent_as: list[HeaderValues] = [value, [value], value.encode(), [value.encode(), ""]]
    for sent in sent_as:
        assert key_of_request(sent, None) == (token, None)
    assert key_of_request(None, f"{before}{token}{after}") == (token, None)
    assert key_of_request(value, token) == SEVERAL
    assert key_of_request([value, value], None) == SEVERAL
    assert key_of_request(f"{value},{value}", None) == SEVERAL


@pytest.mark.parametrize(
    ("authorization", "x_api_key", "found"),
    [
        (None, None, NONE),
        ("", "", NONE),
        ([], [], NONE),
        ("Basic YWxpY2U6", None, NONE),
        (KEY, None, NONE),
        ("BearerX " + KEY, None, NONE),
        ("Basic YWxpY2U6", KEY, (KEY, None)),
        (["Basic YWxpY2U6", "Bearer " + KEY], None, (KEY, None)),
        ("Bearer", None, ("", None)),
        ("Bearer ", None, ("", None)),
        ("Bearer Bearer " + KEY, None, ("Bearer " + KEY, None)),
        (None, "Bearer " + KEY, ("Bearer " + KEY, None)),
        (None, [KEY, KEY], SEVERAL),
        (None, KEY + ", " + KEY, SEVERAL),
        ("Bearer", KEY, SEVERAL),
    ],
)
def test_what_counts_as_a_key(
    authorization: HeaderValues, x_api_key: HeaderValues, found: tuple[str, Reason | None]
) -> None:
    assert key_of_request(authorization, x_api_key) == found


@given(headers, headers)
def test_any_request_gives_a_key_or_a_reason(authorization: HeaderValues, x_api_key: HeaderValues) -> None:
    key, reason = key_of_request(authorization, x_api_key)
    assert reason is None or (key == "" and reason in (Reason.NO_CREDENTIALS, Reason.SEVERAL_CREDENTIALS))


@pytest.mark.parametrize("text", ["Bearer " + KEY, "bearer", " BEARER\t" + KEY])
def test_bearer_that_was_left_in_gives_a_hint_and_the_same_reason(text: str) -> None:
    assert malformed(text).reason is Reason.MALFORMED
    assert "`Bearer`" in str(malformed(text).message)
    assert KEY not in str(malformed(text).message)


def test_any_other_text_gives_none() -> None:
    assert malformed(KEY) == denied(Reason.MALFORMED)


ANSWERS = {
    Reason.NO_CREDENTIALS: (401, ""),
    Reason.SEVERAL_CREDENTIALS: (400, ', error="invalid_request"'),
    **dict.fromkeys(
        [
            *(Reason.MALFORMED, Reason.CHECKSUM, Reason.UNKNOWN),
            *(Reason.REVOKED, Reason.EXPIRED, Reason.DISABLED),
        ],
        (401, ', error="invalid_token"'),
    ),
    **dict.fromkeys(
        [Reason.NO_TEAM, Reason.NOT_IN_TEAM, Reason.LACKS_PERMISSION], (403, ', error="insufficient_scope"')
    ),
}


@pytest.mark.parametrize(
    "asked",
    [(), *([each] for each in Permission), OLDER_NAMES["view_results"]],
    ids=" ".join,
)
@pytest.mark.parametrize("reason", Reason)
def test_the_answer_of_each_reason(reason: Reason, asked: Sequence[Permission]) -> None:
    status, error = ANSWERS[reason]
    scope = f', scope="{" ".join(asked)}"' if asked and status == 403 else ""
    decision = denied(reason, asked=tuple(asked))
    assert decision.status == status
    assert decision.headers == {"WWW-Authenticate": f'Bearer realm="pftui"{error}{scope}'}
    assert re.fullmatch(r'[A-Za-z0-9-]+="?[ -~]*', f"x={decision.headers['WWW-Authenticate']}")


def test_every_reason_has_its_sentence() -> None:
    assert list(MESSAGES) == list(Reason)


def test_who_may_gets_no_challenge() -> None:
    allowed = Decision(True, None, None)
    assert (allowed.status, allowed.headers) == (200, {})


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_the_wait_is_in_whole_seconds_and_never_0(seconds: float) -> None:
    value = retry_headers(seconds)["Retry-After"]
    assert value.isascii()
    assert int(value) >= 1
    assert not 0 <= seconds < 1e15 or seconds <= int(value) <= seconds + 1


def test_what_is_raised_has_its_answer_too() -> None:
    for error in (TryAgain("Wait.", 1.2), Throttled("Wait.", 1.2)):
        assert (error.status, error.headers) == (503, {"Retry-After": "2"})
    for unavailable in (StoreUnavailable("Gone."), StoreDamaged("Damaged.")):
        assert (unavailable.status, unavailable.headers) == (503, {"Retry-After": "5"})


@pytest.mark.parametrize("value", ["\xff", "\x85", "\xa0", "é", "\xffpfsa_"])
def test_a_header_is_the_same_in_bytes_and_as_wsgi_has_it(value: str) -> None:
    for other in (None, "Bearer pfsa_x"):
        assert key_of_request(other, value.encode("latin-1")) == key_of_request(other, value)
    assert key_of_request(b"Bearer pfsa_x", b"\xff")[1] is Reason.SEVERAL_CREDENTIALS
