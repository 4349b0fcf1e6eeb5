"""Names that look alike, for any text (R6)."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.confusables import table
from pftui.domain.look_alikes import LOOK_LENGTH, look_alike, look_hash, skeleton

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
ASCII = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
#: Characters that the table replaces, among others, so that what looks alike is met at all.
TWINS = st.text(
    alphabet=st.sampled_from([*"ci-bot m1lI0O|% ", *map(chr, [0x441, 0x456, 0x43E, 0xFF43, 0x2010])])
)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("сi-bot", "ci-bot"),  # Cyrillic es
        ("cі-bоt", "CI-BOT"),  # Cyrillic i and o
        ("ｃｉ－ｂｏｔ", "ci-bot"),
        ("𝐜𝐢-bot", "ci-bot"),
        ("ci‐bot", "ci-bot"),  # a hyphen of its own
        ("ci\u3164-bot", "ci-bot"),  # a filler, as older stores may hold it
        ("ci\u200d-bot", "ci-bot"),
        ("ci\U000e0062-bot", "ci-bot"),  # a tag
        ("Red  Team", "red team"),
        ("Red\u3000Team", "Red Team"),
        ("ВОТ", "bot"),  # Cyrillic capitals
        ("Іnfo", "info"),
        ("lnfо", "Info"),
        ("МODEM", "Modern"),
        ("ρayments", "payments"),  # Greek
        ("Ilić", "ILIC\u0301"),
        ("Z0ё", "zоё"),
    ],
)
def test_r6_these_look_alike(name: str, other: str) -> None:
    assert look_alike(name, other)
    assert look_alike(other, name)
    assert look_hash(name) == look_hash(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Modem", "Modern"),
        ("ci-bot", "cl-bot"),
        ("O1", "0l"),
        ("café", "cafe"),
        ("Орёл", "Орел"),
        ("red", "blue"),
    ],
)
def test_r6_these_do_not(name: str, other: str) -> None:
    assert not look_alike(name, other)
    assert not look_alike(other, name)


@given(WORDS | TWINS)
def test_r6_a_skeleton_has_itself_for_a_skeleton(text: str) -> None:
    # U+1F16D and its like are symbols that NFKC leaves and whose prototypes it does not.
    once = skeleton(text)
    assert skeleton(skeleton(once)) == skeleton(once)
    assert len(look_hash(text)) == LOOK_LENGTH


@given(WORDS | TWINS)
def test_r6_what_nobody_sees_is_no_difference(text: str) -> None:
    assert look_alike(text, unicodedata.normalize("NFD", text))
    assert look_alike(text, unicodedata.normalize("NFKC", text))
    assert look_alike(text, f" \u00ad{text}\u2060 ")
    assert look_alike(f"a b{text}", f"A \u2003 B{text}")


@given(ASCII, ASCII)
def test_r6_ascii_never_clashes_with_ascii_by_its_letters(one: str, other: str) -> None:
    assert look_alike(one, other) == (one.casefold().split() == other.casefold().split())


@given(TWINS, TWINS)
def test_r6_what_looks_alike_is_found_by_its_hash(one: str, other: str) -> None:
    if look_alike(one, other):
        assert look_hash(one) == look_hash(other)
    elif look_hash(one) == look_hash(other):
        assert one.isascii()
        assert other.isascii()


def test_the_table_says_of_ascii_what_is_said_without_it() -> None:
    every = "".join(map(chr, range(0x21, 0x7F)))
    assert every.translate(table()).casefold() == skeleton(every)


def test_the_table_is_closed() -> None:
    """What something is replaced by is replaced by itself, so that one pass is enough."""
    replaced = {text.translate(table()).casefold() for text in table().values()}
    assert replaced == {text.casefold() for text in table().values()}
    assert len(table()) > 2500


@pytest.mark.parametrize(("name", "loaded"), [("payments-ci", False), ("payments-сi", True)])
def test_the_table_is_loaded_for_names_that_need_it(name: str, loaded: bool) -> None:
    program = (
        f"import sys; from pftui.domain.look_alikes import look_hash; look_hash({name!r}); "
        f"sys.exit(('pftui.domain.confusables' in sys.modules) is not {loaded})"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
