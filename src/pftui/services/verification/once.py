"""The answer for a process that asks once, as `pftui verify` does, and remembers nothing.

It takes the steps of a `Call` (see `answering.py`) where all is as it nearly always is, without SQLAlchemy,
whose import takes longer than all of them. Where anything is not, or is to be told in the audit trail, a
`Verifier` is asked, as if nothing had been looked at: so there is one way that counts, limits and explains.
"""

from __future__ import annotations

from pftui.domain.api_key import KeyFormatError, as_text, parse
from pftui.domain.clock import Clock, to_microseconds, utc_now
from pftui.domain.decisions import Decision, Reason, denied, malformed
from pftui.domain.errors import TryAgain
from pftui.domain.hashes import hash_problem
from pftui.domain.key_tag import is_tag, tag_fits
from pftui.domain.permissions import PermissionName
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.bare import BareStore, Unusual, bare_store
from pftui.repositories.key_lookup.records import KeyRecord
from pftui.services import hashing
from pftui.services.verification.questions import NOTED_EVERY, decided, to_be_noted, wanted_permissions


def verify_once(
    url: str,
    key: Secret,
    team: str | None = None,
    permission: PermissionName | None = None,
    *,
    touch: bool = True,
    clock: Clock = utc_now,
) -> Decision:
    """What a `Verifier` on this store would answer, which is opened and closed for it. Blocks.

    Args:
        url, key, team, permission, touch, clock: as of `Verifier` and its `verify`.

    Raises:
        PftuiError: what those raise.
    """
    try:
        return _quickly(url, as_text(key), team, permission, touch, clock)
    except Unusual:
        pass  # so it is looked at by who can tell what it is
    from pftui.services.verification.verifier import Verifier

    with Verifier(url, clock) as verifier:
        return verifier.verify(key, team, permission, touch=touch)


def _quickly(
    url: str, text: str, team: str | None, permission: PermissionName | None, touch: bool, clock: Clock
) -> Decision:
    """Raises `Unusual`, and what a `Verifier` raises of the question itself."""
    with bare_store(url) as store:
        wanted = wanted_permissions(permission, team)
        try:
            key_id = parse(text).key_id
        except KeyFormatError as error:
            return denied(Reason.CHECKSUM) if error.checksum else malformed(text)
        record = store.record(key_id, team)
        if record is None:
            return denied(Reason.UNKNOWN, key_id)
        if not _matches(record, text):
            if touch:
                raise Unusual  # that it was wrong is told in the trail
            return denied(Reason.UNKNOWN, key_id)
        # What was read is as old as the run was long: read again before deciding (R9).
        again = store.record(key_id, team)
        if again is None or again.hash != record.hash:
            raise Unusual
        decision = decided(again, team, wanted)
        if touch and decision.allowed:
            _note(store, again, clock)
        return decision


def _matches(record: KeyRecord, text: str) -> bool:
    """Whether the key is behind the row's hash: one run of argon2, or none where its tag tells."""
    if is_tag(record.tag) and not tag_fits(record.tag, text):
        return False
    if hash_problem(record.hash) is not None:
        raise Unusual
    try:
        return hashing.key_matches(record.hash, Secret(text))
    except TryAgain:
        raise Unusual from None


def _note(store: BareStore, record: KeyRecord, clock: Clock) -> None:
    now = to_microseconds(clock())
    if not to_be_noted(record, now):
        return
    if not record.saved or record.tag is None:
        raise Unusual  # its first use is told in the trail; and a key from before tags gets one
    store.note(record.facts.key_id, now, now - NOTED_EVERY)
