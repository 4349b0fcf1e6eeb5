"""What is said of something that was open or selected, and is there no more."""

from __future__ import annotations

from pftui.domain.errors import NotFound

CHOOSE = "Nothing is selected: move to a row, or click one."


def gone(name: str, error: NotFound | None) -> str:
    """The sentence: by whom it was deleted where that is known; without an error, that the list lacks it."""
    if error is None:
        return f"{name} is not in this list any more."
    if error.ended_by is None:
        return f"{name} is gone, or you may not see it any more."
    by = error.ended_by
    who = f"{by.name} ({by.email})" if by.email else by.name
    return f"{name} is gone: {who} deleted it."
