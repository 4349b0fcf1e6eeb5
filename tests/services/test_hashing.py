"""argon2id: what is told apart."""

from __future__ import annotations

import pytest
from argon2.exceptions import VerificationError

from pftui.domain.errors import TryAgain
from pftui.domain.secret import Secret
from pftui.services import hashing
from pftui.services.sign_in import UNKNOWN_HASH


def test_a_wrong_password_and_a_damaged_hash_match_nothing() -> None:
    stored = hashing.hash_key(Secret("the right one"))
    assert hashing.key_matches(stored, Secret("the right one"))
    assert not hashing.key_matches(stored, Secret("the wrong one"))
    assert not hashing.key_matches("not a hash", Secret("the right one"))


def test_too_little_memory_is_not_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def verify(self, stored: str, text: bytes) -> bool:
            raise VerificationError("Memory allocation error")

    monkeypatch.setattr(hashing, "PASSWORDS", Failing())
    with pytest.raises(TryAgain, match="memory"):
        hashing.password_matches(UNKNOWN_HASH, Secret("any"))
