"""What may be typed into a filter, and what it asks for."""

from __future__ import annotations

import pytest

from pftui.domain.api_key import generate, mask_typed_keys
from pftui.domain.errors import InvalidInput
from pftui.domain.search import (
    MOST_WORDS,
    AccountState,
    Search,
    TeamState,
    Term,
    fold_text,
    parse_search,
    require_states,
    searched_text,
)


def accounts(text: str) -> Search:
    return parse_search(text, AccountState)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Emil Novák", "emil novak"),
        ("EMIL NOVA\u0301K", "emil novak"),
        ("Straße", "strasse"),
        ("Łukasz Søren", "lukasz soren"),
        ("ＡＢＣ ﬁn", "abc fin"),
        ("İstanbul", "istanbul"),
        ("a\u200db", "ab"),
        ("हिन्दी"[:1], "ह"),
    ],
)
def test_accents_case_and_what_draws_nothing_do_not_matter(text: str, folded: str) -> None:
    assert fold_text(text) == folded
    assert fold_text(folded) == folded


def test_no_word_stands_in_two_texts_of_a_row() -> None:
    assert "cd" not in searched_text(("abc", None, "", "def"))


def test_words_are_looked_for_one_by_one() -> None:
    assert [term.text for term in accounts("  pay   JEN pay ").terms] == ["pay", "jen"]


def test_a_word_means_a_state_as_well() -> None:
    assert accounts("Disabled").terms == (Term("disabled", "disabled", (AccountState.DISABLED,)),)
    assert accounts("disable").terms[0].states == ()
    assert accounts("user").terms[0].states == (), "which nearly every row would be"


def test_is_means_the_state_alone_and_its_beginning_will_do() -> None:
    assert accounts("is:no-team").terms == (Term(states=(AccountState.NO_TEAM,)),)
    assert accounts("IS:No").terms == (Term(states=(AccountState.NO_KEY, AccountState.NO_TEAM)),)
    assert accounts("is: !is: !").terms == (), "nothing has been asked for yet"


def test_an_exclamation_mark_leaves_out() -> None:
    (term,) = accounts("!is:dis").terms
    assert term == Term(states=(AccountState.DISABLED,), excluded=True)
    (word,) = accounts("!pay").terms
    assert (word.text, word.excluded) == ("pay", True)


def test_a_state_that_there_is_not_is_refused_with_those_there_are() -> None:
    assert accounts("x is:gone").unknown == ("is:gone",)
    assert accounts("is:gone").terms == (Term(),), "which fits nothing"
    with pytest.raises(InvalidInput, match=r"known as is:gone. There are: is:disabled, is:unsaved"):
        require_states("is:gone", AccountState)
    require_states("gone is:dis !is:admin", AccountState)
    with pytest.raises(InvalidInput, match="There are: is:empty"):
        require_states("is:disabled", TeamState)


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("pfsa_Ab12Cd34Ef…", "ab12cd34ef"),
        ("pfsa_Ab12Cd34Ef...", "ab12cd34ef"),
        ("PFSA_a", "a"),
        ("pfsa_", ""),
        ("Ab12", "ab12"),
        ("Ab1", ""),
        ("Ab12Cd34Efg", ""),
        ("ab-12", ""),
        ("äöüß", ""),
    ],
)
def test_a_word_may_be_how_a_key_begins(word: str, part: str) -> None:
    (term,) = accounts(word).terms
    assert term.key == part


def test_of_a_whole_key_only_its_id_is_used_and_shown() -> None:
    key = generate()
    text = key.text.reveal()
    (term,) = accounts(text).terms
    assert term.key == key.key_id.lower()
    assert text[15:20].lower() not in term.text
    assert mask_typed_keys(f"x {text} y") == f"x pfsa_{key.key_id}… y"


def test_of_a_key_that_is_typed_no_letter_of_the_secret_stays() -> None:
    shown, text = "", generate().text.reveal()
    for letter in text:
        shown = mask_typed_keys(shown + letter)
    assert shown == f"{text[:15]}…"


@pytest.mark.parametrize("text", ["x" * 2001, "a\0b", " ".join(str(n) for n in range(MOST_WORDS + 1))])
def test_what_nothing_can_fit_is_hopeless(text: str) -> None:
    assert accounts(text).hopeless
