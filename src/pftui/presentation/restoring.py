"""What a backup changes that takes a store's place, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pftui.presentation.text import counted

if TYPE_CHECKING:
    from pftui.services.store_restore import RestorePreview

_NAMED = 20
_RETURNING = {
    "keys": "Keys that work again",
    "deleted accounts": "Accounts that were deleted and are there again",
    "disabled accounts": "Accounts that were disabled and are enabled again",
    "global admins": "Global admins again",
    "old passwords": "Passwords that were changed, of which the old one counts again",
    "assignments": "Assignments to teams that hold again",
}
_LOST = {"keys": "Keys that work no more", "accounts": "Accounts that are there no more"}


def restoring(preview: RestorePreview) -> Iterator[str]:
    """A line for each thing to know before one goes on."""
    if preview.incomplete:
        yield "The backup was copied from a store in use without its log: it may lack the newest changes."
    if preview.findings:
        first = preview.findings[0]
        number = counted(len(preview.findings), "finding")
        yield f"`pftui db check` has {number} in the backup; the first: {first.where}: {first.what}."
    if preview.unreadable:
        yield "What is there now cannot be read, so nobody can tell what comes back to life."
        yield preview.unreadable
    if preview.other_organization is not None:
        yield f"The backup is of another organization: {preview.other_organization} is there now."
    yield f"The newest event in the backup is {preview.backup or 'unknown'}."
    if preview.store is None:
        return
    yield f"The newest event in the store is {preview.store}."
    if preview.events_lost:
        yield f"Lost from the audit trail: {counted(preview.events_lost, 'event')}."
    for words, found in ((_RETURNING, preview.returning), (_LOST, preview.lost)):
        for what, names in found.items():
            if names:
                yield f"{words[what]}: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
