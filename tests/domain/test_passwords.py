"""Which passwords are accepted, and how long a wait follows wrong ones."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pftui.domain.errors import InvalidInput
from pftui.domain.passwords import (
    LONGEST,
    SHORTEST,
    check_new_password,
    normalized,
    temporary_password,
)
from pftui.domain.secret import Secret

OWN_WORDS = ("Alice Ng", "alice@acme.example", "Acme Corp")


def refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        check_new_password(Secret(text), OWN_WORDS)
    assert raised.value.field == "password"
    return raised.value.message


@pytest.mark.parametrize(
    "password",
    [
        "harvest moon tractor violin",
        "correct lantern gravel saxophone",
        "kjh3 4kjh 5nm2 3k4j h",
        "ЯблокоКактусТрамвайНебо",
        "horse " * 3 + "lantern gravel moon " * 40,
    ],
)
def test_good_ones_of_any_script_and_length_are_accepted(password: str) -> None:
    check_new_password(Secret(password), OWN_WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaaaaaa",
        "123456789012345",
        "alice@acme.example",
        "alice acme corp",
        "Alice Ng Acme Corp 2026",
        "acme.example acme.example",
        "acmecorp-alice-ng1",
        "abcabcabcabcabcabc",
    ],
)
def test_easy_ones_and_ones_own_words_are_refused(password: str) -> None:
    assert "too easy" in refusal(password)
    assert password not in refusal(password)


@settings(deadline=None)
@given(st.text(max_size=SHORTEST - 1).filter(lambda text: len(normalized(text)) < SHORTEST))
def test_short_ones_are_refused_whatever_they_hold(password: str) -> None:
    assert refusal(password)


def test_length_is_counted_in_characters_as_they_are_hashed() -> None:
    assert str(SHORTEST) in refusal("e\u0301" * (SHORTEST - 1))
    assert str(LONGEST) in refusal("x" * (LONGEST + 1))
    assert "halves" in refusal("\ud800 some more of it")


def test_the_longest_password_is_accepted_and_one_character_more_is_not() -> None:
    longest = ("lantern gravel moon saxophone " * 40)[:1024]
    check_new_password(Secret(longest), OWN_WORDS)
    assert "1024" in refusal(longest + "x")
    # As they are hashed: this is twice as long before.
    check_new_password(Secret(longest[:-2] + "e\u0301e\u0301"), OWN_WORDS)


def test_the_shortest_password_is_accepted_and_one_character_less_is_not() -> None:
    shortest = "kjh34kjh5nm23k4"
    check_new_password(Secret(shortest), OWN_WORDS)
    assert "15" in refusal(shortest[:-1])


@given(st.text())
def test_the_keyboards_way_of_composing_does_not_matter(text: str) -> None:
    assert normalized(unicodedata.normalize("NFD", text)) == normalized(text)


def test_a_temporary_password_is_readable_strong_and_new_each_time() -> None:
    made = {temporary_password().reveal() for _ in range(100)}
    assert len(made) == 100
    for text in made:
        assert [len(group) for group in text.split("-")] == [5, 5, 5, 5]
        assert not set(text) & set("01IOl")
    check_new_password(Secret(next(iter(made))))
