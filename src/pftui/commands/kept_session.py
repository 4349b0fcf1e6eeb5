"""The session that `pftui login` keeps for the commands after it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pftui.domain.secret import Secret
from pftui.domain.session_token import KeptSession, token_hash
from pftui.process.place import this_place
from pftui.process.session_file import read_session, session_path
from pftui.services.location import store_name


class Kept(NamedTuple):
    """A session's file as it was read: which session, what proves that it is kept here, and the text."""

    path: Path
    session_id: str
    token_hash: str
    text: Secret


def place_for(url: str) -> Path | None:
    """Where the session of a store is kept; see `process.session_file.session_path`."""
    return session_path(store_name(url))


def kept_session(url: str) -> Kept | None:
    """The session that is kept for a store; None where there is none.

    Raises:
        SessionFileUnfit: there is a file that is not used.
    """
    path = place_for(url)
    text = read_session(path) if path is not None else None
    if path is None or text is None:
        return None
    known = KeptSession.from_text(text.reveal())
    if known is None:  # no session's: nobody is signed in by it
        return None
    return Kept(path, known.session_id, hash_here(known.token), text)


def hash_here(token: Secret) -> str:
    """What the store keeps of a token that is used on this host by this user."""
    return token_hash(token, this_place())
