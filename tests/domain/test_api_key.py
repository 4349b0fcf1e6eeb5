"""The key's format, for any key and any damage to it."""

from __future__ import annotations

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.api_key import (
    ALPHABET,
    KEY_PATTERN,
    KeyFormatError,
    KeyPrefix,
    base62,
    checksum,
    generate,
    mask_keys,
    parse,
    parse_key_id,
    shown,
)

characters = st.text(alphabet=ALPHABET, min_size=48, max_size=48)
prefixes = st.sampled_from(KeyPrefix)


@st.composite
def keys(draw: st.DrawFn) -> str:
    body = f"{draw(prefixes).value}_{draw(characters)}"
    return body + checksum(body)


@given(prefixes)
def test_a_generated_key_has_the_documented_shape(prefix: KeyPrefix) -> None:
    key = generate(prefix)
    text = key.text.reveal()
    assert re.fullmatch(rf"{prefix.value}_[0-9A-Za-z]{{54}}", text)
    assert len(text) == 59
    assert text[5:15] == key.key_id
    assert parse(text) == key
    assert text not in repr(key)


def test_no_two_keys_are_the_same() -> None:
    made = {generate().text.reveal() for _ in range(200)}
    assert len(made) == 200


@given(keys())
def test_the_checksum_is_crc_32_in_base62(text: str) -> None:
    value = 0
    for digit in text[53:]:
        value = value * 62 + ALPHABET.index(digit)
    assert value == zlib.crc32(text[:53].encode("ascii"))


@given(st.integers(0, 2**32 - 1))
def test_base62_is_of_fixed_width_and_loses_nothing(number: int) -> None:
    text = base62(number, 6)
    assert len(text) == 6
    assert sum(ALPHABET.index(digit) * 62**place for place, digit in enumerate(reversed(text))) == number


@given(keys(), st.integers(5, 58), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_a_wrong_checksum(text: str, place: int, other: str) -> None:
    damaged = text[:place] + other + text[place + 1 :]
    if damaged == text:
        return
    with pytest.raises(KeyFormatError) as raised:
        parse(damaged)
    assert raised.value.checksum
    assert text[15:53] not in str(raised.value)


@given(keys(), st.integers(5, 57))
def test_two_characters_that_changed_places_are_noticed(text: str, place: int) -> None:
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped != text:
        with pytest.raises(KeyFormatError):
            parse(swapped)


@given(st.text())
def test_other_texts_are_not_keys(text: str) -> None:
    with pytest.raises(KeyFormatError) as raised:
        parse(text)
    assert not raised.value.checksum


@given(keys(), st.sampled_from(["\n", " ", "x", "é", "\0"]))
def test_nothing_may_stand_beside_a_key(text: str, more: str) -> None:
    for changed in (text + more, more + text, text[:-1] + more + text[-1]):
        with pytest.raises(KeyFormatError):
            parse(changed)


@given(keys(), st.text(alphabet=" \n\t\"'=:,;<>()[]{}/.é"), st.text(alphabet=" \n\t\"'=:,;<>()[]{}/.é"))
def test_a_scanner_finds_a_leaked_key_in_any_text_and_masking_leaves_its_id(
    text: str, before: str, after: str
) -> None:
    whole = before + text + after
    found = KEY_PATTERN.search(whole)
    assert found is not None
    assert found[0] == text
    assert mask_keys(whole) == f"{before}{text[:15]}…{after}"


@given(keys())
def test_a_key_id_is_read_with_and_without_its_prefix(text: str) -> None:
    key = parse(text)
    for written in (key.key_id, f"{key.prefix.value}_{key.key_id}", shown(key.key_id, key.prefix)):
        assert parse_key_id(f" {written} ") == key.key_id
    assert parse_key_id(text) is None
    assert parse_key_id(key.key_id[:-1]) is None


def test_a_key_is_masked_whatever_it_stands_against() -> None:
    key = generate()
    text = key.text.reveal()
    for around in (f"x\n{text}", f"key_{text}", f"{text}{text}", f"({text})"):
        for written in (around, repr(around)):
            masked = mask_keys(written)
            assert text[15:53] not in masked
            assert key.key_id in masked
