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


def test_what_a_store_gets_is_as_costly_as_the_docstring_says(real_hashes: None) -> None:
    password, key = hashing.hash_password(Secret("a password")), hashing.hash_key(Secret("a key"))
    assert password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert key.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
