"""Sixteen bits that tell nearly every made-up secret."""

from __future__ import annotations

import pytest

from pftui.domain.api_key import generate
from pftui.domain.key_tag import is_tag, tag_fits, tag_of


def test_a_key_fits_its_tag_and_each_tag_has_a_salt_of_its_own() -> None:
    key = generate().text.reveal()
    first, second = tag_of(key), tag_of(key)
    assert first[:32] != second[:32]
    assert tag_fits(first, key)
    assert tag_fits(second, key)
    assert is_tag(first)
    assert len(first) == 2 * (16 + 2)


def test_of_made_up_keys_one_in_65536_fits() -> None:
    tag = tag_of("the key")
    fitting = sum(tag_fits(tag, f"made up {number}") for number in range(2 * 65_536))
    assert 0 <= fitting <= 20  # 2 on average: more than 20 in one of 10^14


@pytest.mark.parametrize(
    "stored", [None, "", 7, b"f" * 36, "f" * 35, "f" * 37, "F" * 36, "é" * 36, "f" * 36 + "\n"]
)
def test_what_is_no_tag_is_known_as_none(stored: object) -> None:
    assert not is_tag(stored)


@pytest.mark.parametrize("text", ["", "\0", "\ud800" * 59, "é" * 3000])
def test_any_text_can_be_compared(text: str) -> None:
    assert tag_fits(tag_of(text), text)
