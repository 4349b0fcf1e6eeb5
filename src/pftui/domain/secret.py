"""A text that must not leak by accident."""

from __future__ import annotations

from typing import Any

MASK = "••••"


class Secret:
    """Holds a key or password whose `repr`, `str`, format and rich rendering are a mask.

    The text is asked for by name, with `reveal()`, so that a search for that name finds
    every place that handles it in clear. `forget()` drops the reference; Python cannot
    wipe memory, and nothing here claims to. A copy or pickle of one comes back forgotten.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: str | None = text

    def reveal(self) -> str:
        """The text itself.

        Raises:
            ValueError: after `forget()`, and of a copy.
        """
        if self._text is None:
            raise ValueError("this secret was forgotten, or is a copy, which never has the text")
        return self._text

    def forget(self) -> None:
        """Drop the text, so that nothing reachable through this object holds it."""
        self._text = None

    def matches(self, candidate: str) -> bool:
        """Whether `candidate` is the text, in time that does not depend on where they differ."""
        if self._text is None:
            return False
        import hmac  # and OpenSSL behind it, which most commands do without

        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), candidate.encode("utf-8", "surrogatepass")
        )

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret) or other._text is None:
            return NotImplemented
        return self.matches(other._text)

    __hash__ = None  # type: ignore[assignment]  # a hash in a dict would be one more copy to find

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_forgotten, ())

    def __rich__(self) -> str:
        return MASK


def _forgotten() -> Secret:
    secret = Secret("")
    secret.forget()
    return secret
