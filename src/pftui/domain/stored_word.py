"""Words that a store holds, of which a newer pftui may know more."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self


class StoredWord(StrEnum):
    """A word of a closed list, read back from a store that may hold others.

    A word that is not in the list is shown as it stands, and is none of the members: it equals nothing that
    can be asked for.
    """

    @classmethod
    def stored(cls, name: str) -> Self:
        """The member of a stored name, or a word that is none where this pftui knows none."""
        try:
            return cls(name)
        except ValueError:
            unknown = str.__new__(cls, name)
            unknown._name_ = unknown._value_ = name
            return unknown

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        # By the name, as from a store: a word that is no member has no other way back.
        return (type(self).stored, (self._value_,))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: Any) -> Self:
        return self

    @property
    def known(self) -> bool:
        """Whether this pftui knows it."""
        return type(self).__members__.get(self.name) is self
