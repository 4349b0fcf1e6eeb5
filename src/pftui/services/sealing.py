"""Secrets that the program itself must be able to read: sealed in the store, by a key that is not in it.

AES-256-GCM (NIST SP 800-38D) of the library `cryptography`, with a new 96-bit nonce for each, and the id of
what the secret belongs to as associated data: what is sealed for one webhook opens for no other. The key is a
file beside an SQLite store, else in the platform's data directory, or where `PFTUI_STORE_KEY_FILE` says; the
store holds the key's fingerprint. `cryptography` is imported when something is sealed or opened, not before.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from pftui.domain.errors import StoreKeyUnavailable
from pftui.domain.secret import Secret
from pftui.domain.store_urls import sqlite_path
from pftui.process.key_file import keep_key, make_key, put_in_place, read_key
from pftui.process.own_files import NotUsed
from pftui.repositories.models import FINGERPRINT_LENGTH
from pftui.services.location import default_path, typed_path

KEY_VARIABLE = "PFTUI_STORE_KEY_FILE"
_SUFFIX = ".key"
#: Behind the name of the key's file, while keys are changed.
_NEXT = ".next"
_NONCE = 12  # bytes, as NIST SP 800-38D, 5.2.1.1 recommends


def key_path(url: str, organization_id: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the key of a store is, or will be.

    Args:
        url: the store's.
        organization_id: names the file where no store's file does.
    """
    named = environ.get(KEY_VARIABLE, "").strip()
    if named:
        return typed_path(named)
    store = sqlite_path(url)
    if store is not None:
        return store.with_name(store.name + _SUFFIX)
    return default_path().parent / f"{organization_id}{_SUFFIX}"


@dataclass(frozen=True, slots=True)
class StoreKey:
    """A key that seals secrets; the key itself is in no `repr`."""

    fingerprint: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> StoreKey:
        """The key with its fingerprint: the first 64 bits of its SHA-256, in hex."""
        return cls(hashlib.sha256(key).hexdigest()[:FINGERPRINT_LENGTH], key)

    def seal(self, secret: Secret, belongs_to: str) -> str:
        """A text that is opened with this key, for this id, alone."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.key).encrypt(nonce, secret.reveal().encode(), belongs_to.encode())
        return base64.b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, belongs_to: str) -> Secret:
        """The secret. Raises `StoreKeyUnavailable`: it was sealed with another key, or for something else."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = base64.b64decode(sealed, validate=True)
            opened = AESGCM(self.key).decrypt(data[:_NONCE], data[_NONCE:], belongs_to.encode())
        except (InvalidTag, ValueError):
            raise StoreKeyUnavailable(
                "A signing secret in the store was edited, or was sealed with another key than its own, and "
                "cannot be read. Nothing was sent; `pftui webhooks regenerate-secret` makes another one."
            ) from None
        return Secret(opened.decode())


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """The keys of a store: the one in its file, and beside it, while keys are changed, the next one."""

    path: Path

    @property
    def next_path(self) -> Path:
        """Where the next key is, while keys are changed."""
        return self.path.with_name(self.path.name + _NEXT)

    def first(self) -> StoreKey:
        """The key for a store that has none yet: a new one, or what an attempt that failed has left.

        Raises:
            StoreKeyUnavailable: it could not be made.
        """
        return self._read(self.path) or self._made(self.path)

    def next(self) -> StoreKey:
        """The key that is to take the place of the one in use; made where there is none yet."""
        return self._read(self.next_path) or self._made(self.next_path)

    def find(self, fingerprint: str) -> StoreKey:
        """The key with this fingerprint.

        Raises:
            StoreKeyUnavailable: it is not here, is another one, or others could read it: with what to do.
        """
        for path in (self.path, self.next_path, self.path):  # the next may just have taken its place
            key = self._read(path)
            if key is not None and key.fingerprint == fingerprint:
                return key
        if key is None:
            raise StoreKeyUnavailable(
                f"The key that seals this store's signing secrets ({fingerprint}) is not here: there is no "
                f"{self.path}. Nothing was changed. Copy it from the host where the first webhook was made, "
                f"or name it by {KEY_VARIABLE}; where it is lost, see `pftui db rotate-key --lost`."
            )
        raise StoreKeyUnavailable(
            f"The key in {self.path} ({key.fingerprint}) is not the one that seals this store's signing "
            f"secrets ({fingerprint}). Nothing was changed. Bring back the right file, or name it by "
            f"{KEY_VARIABLE}."
        )

    def bring(self, key: StoreKey) -> None:
        """Keep a key here that is another store's, unless it is here. Raises `StoreKeyUnavailable`."""
        self.ensure_no_other(key.fingerprint)
        if self._read(self.path) is None:
            try:
                keep_key(self.path, key.key)
            except NotUsed as error:
                self._refuse(self.path, f"cannot be made: {error}")

    def settle(self) -> None:
        """Let the next key take the place of the one before, once all is sealed with it."""
        try:
            put_in_place(self.next_path, self.path)
        except NotUsed as error:
            self._refuse(self.path, f"cannot take its place: {error}")

    def waits(self, fingerprint: str | None = None) -> bool:
        """Whether a next key is there that has not taken its place yet; with `fingerprint`, that one."""
        key = self._read(self.next_path)
        return key is not None and fingerprint in (None, key.fingerprint)

    def ensure_no_other(self, fingerprint: str) -> None:
        """Raise `StoreKeyUnavailable` where another key than this one is in the place of the key."""
        key = self._read(self.path)
        if key is not None and key.fingerprint != fingerprint:
            raise StoreKeyUnavailable(
                f"{self.path} holds another key ({key.fingerprint}), which may be needed elsewhere. Nothing "
                "was changed; move it away first."
            )

    def _read(self, path: Path) -> StoreKey | None:
        try:
            key = read_key(path)
        except NotUsed as error:
            self._refuse(path, f"is not used: {error}")
        return StoreKey.of(key) if key is not None else None

    def _made(self, path: Path) -> StoreKey:
        try:
            return StoreKey.of(make_key(path))
        except NotUsed as error:
            self._refuse(path, f"cannot be made: {error}")

    def _refuse(self, path: Path, why: str) -> NoReturn:
        raise StoreKeyUnavailable(
            f"The store's key file {path} {why.rstrip('.')}. Nothing was changed."
        ) from None
