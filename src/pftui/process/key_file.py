"""A key in a file of its own, which nobody else can read: what is sealed with it stands elsewhere."""

from __future__ import annotations

import base64
import os
import secrets
import stat
from pathlib import Path

from pftui.process.folders import fault
from pftui.process.own_files import NotUsed, read_own
from pftui.process.secret_file import NotSaved, SecretFile

KEY_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_key(path: Path) -> bytes | None:
    """The key in a file; None where there is no such file. Blocks.

    Raises:
        NotUsed: others can read it or could have written it, or it holds no key: a part of a sentence.
    """
    text = read_own(path)
    if text is None:
        return None
    try:
        if os.stat(path).st_mode & _OTHERS:
            raise NotUsed(f"others can read it (`chmod 600 {path}`, and best change the key)")
    except OSError as error:
        raise NotUsed(f"it cannot be looked at: {(error.strerror or 'the system refused').lower()}") from None
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise NotUsed("it holds no key of pftui")
    return key


def make_key(path: Path) -> bytes:
    """A new key in a new file of mode 0600, on the disk; its folder is made where it is missing. Blocks.

    Raises:
        NotUsed: it could not be made; nothing is left of it.
    """
    key = secrets.token_bytes(KEY_BYTES)
    keep_key(path, key)
    return key


def keep_key(path: Path, key: bytes) -> None:
    """Keep a key as `make_key` does a new one. Raises `NotUsed`."""
    try:
        found = fault(path, unmade=True)
        if found is not None:
            raise NotUsed(f"{found.what}; {found.remedy}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with SecretFile(str(path)) as file:
            file.write(base64.b64encode(key).decode("ascii"))
    except NotSaved as error:
        raise NotUsed(error.message) from None
    except OSError as error:
        raise NotUsed((error.strerror or "the system refused").lower()) from None


def put_in_place(path: Path, other: Path) -> None:
    """Let one key file take the place of another, seen to the disk. Raises `NotUsed`."""
    try:
        os.replace(path, other)
        folder = os.open(other.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise NotUsed((error.strerror or "the system refused").lower()) from None
