"""Connections to a store, shared by all verifiers of a process that were given the very same URL."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.key_lookup.uses import UseNotes

if TYPE_CHECKING:
    from datetime import datetime

    from pftui.repositories.unit_of_work import UnitOfWork

_KEPT = 16  # URLs that nobody has open: their engines without a connection


class Connections:
    """For looking keys up and, opened when it is needed, for notes."""

    def __init__(self, reader: KeyReader) -> None:
        self.reader = reader
        self._notes: UseNotes | None = None
        self._lock = threading.Lock()

    def notes(self) -> UseNotes:
        """The way to write into the store."""
        with self._lock:
            if self._notes is None:
                self._notes = UseNotes(self.reader, _first_use)
            return self._notes

    def end(self) -> None:
        """Close all of them: those in use when they come back."""
        self.reader.at_rest = True
        self.close()

    def close(self) -> None:
        """Close those that are not in use."""
        self.reader.close()
        if self._notes is not None:
            self._notes.close()

    def after_fork(self) -> None:
        """Let go of the parent's lock and connections."""
        self._lock = threading.Lock()
        self.reader.after_fork()
        if self._notes is not None:
            self._notes.after_fork()


def _first_use(unit: UnitOfWork, account_id: str, key_id: str, moment: datetime) -> None:
    from pftui.services.verification.first_use import tell_of_first_use  # and the models: for this alone

    tell_of_first_use(unit, account_id, key_id, moment)


class Shared:
    """The connections of a process, by URL, user, password and options included; closed by who leaves last.

    What remains of the closed ones is how to ask, so that opening again costs one statement.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, Connections] = OrderedDict()
        self._users: dict[str, int] = {}
        self._lock = threading.Lock()

    def open(self, url: str, until: float | None = None) -> Connections:
        """Those of a URL; whoever has them gives them back. Raises what `connect` does.

        Args:
            until: of `time.monotonic`, where the store was open in this process before.
        """
        with self._lock:
            known = self._known.get(url)
            others = self._users.get(url, 0)
            if known is not None:
                self._known.move_to_end(url)
                self._users[url] = others + 1
                known.reader.at_rest = False
        if known is None:
            return self._opened(url)
        try:
            known.reader.open_again(alone=not others, until=until)
        except BaseException:
            self.give_back(url)
            raise
        return known

    def _opened(self, url: str) -> Connections:
        made = Connections(KeyReader.open(url))
        try:
            made.reader.open_again(alone=False)  # and here it learns what the store calls itself
        except BaseException:
            made.close()
            raise
        with self._lock:
            known = self._known.setdefault(url, made)
            self._users[url] = self._users.get(url, 0) + 1
            known.reader.at_rest = False
            for unused in [each for each in self._known if not self._users.get(each)][:-_KEPT]:
                del self._known[unused]
        if known is not made:  # somebody was quicker
            made.close()
        return known

    def give_back(self, url: str) -> None:
        """One who had them has no more use for them."""
        with self._lock:
            self._users[url] -= 1
            if self._users[url]:
                return
            del self._users[url]
            known = self._known[url]
            known.reader.at_rest = True  # and not later: by then somebody may have opened it again
        known.close()

    def after_fork(self) -> None:
        """Let go of the parent's lock and connections."""
        self._lock = threading.Lock()
        for connections in self._known.values():
            connections.after_fork()
