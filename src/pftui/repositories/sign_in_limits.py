"""What wrong passwords have used up, and the sources that accounts know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.limits import Spent
from pftui.repositories.models import KnownSource, SignInLimit


class SignInLimitRepository:
    """The limits of signing in, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def now(self, host_clock: Clock) -> int:
        """The store's time, in microseconds since 1970: the server's; of a file, the host's that has it.

        The servers of two hosts may differ by minutes, and all that counts tries must go by one clock.
        """
        if self._session.get_bind().dialect.name == "sqlite":
            return to_microseconds(host_clock())
        moment = self._session.scalar(select(func.clock_timestamp()))  # not `now()`: the transaction's begin
        return to_microseconds(moment) if moment is not None else to_microseconds(host_clock())

    def spent(self, names: Sequence[str]) -> dict[str, Spent]:
        """What was used up, by the names of the rates; those of which nothing was are not there."""
        rows = self._session.scalars(select(SignInLimit).where(SignInLimit.name.in_(names)))
        return {row.name: Spent(row.whole_at, row.failed_at) for row in rows}

    def spend(self, about: str, spent: Mapping[str, Spent], outdated: int) -> None:
        """Write down what is used up now.

        Args:
            about: the SHA-256 of the address that was tried.
            outdated: what was written at that time or earlier goes, in microseconds since 1970.
        """
        self._session.execute(delete(SignInLimit).where(SignInLimit.failed_at <= outdated))
        for name, each in spent.items():
            self._session.merge(
                SignInLimit(name=name, about=about, whole_at=each.whole_at, failed_at=each.failed_at)
            )

    def forgive(self, about: str) -> None:
        """Forget all tries of an address: for a host's owner who helps somebody in."""
        self._session.execute(delete(SignInLimit).where(SignInLimit.about == about))

    def knows(self, account_id: str, source: str) -> bool:
        """Whether somebody has signed in to the account from there."""
        return self._session.get(KnownSource, (account_id, source)) is not None

    def remember(self, account_id: str, source: str, now: int, keep: int) -> None:
        """The account was signed in to from there; the sources that were not used for longest go."""
        self._session.merge(KnownSource(principal_id=account_id, source=source, signed_in_at=now))
        self._session.flush()
        newest = KnownSource.signed_in_at.desc(), KnownSource.source
        of_account = KnownSource.principal_id == account_id
        surplus = select(KnownSource.source).where(of_account).order_by(*newest).offset(keep)
        gone = list(self._session.scalars(surplus))
        if gone:
            self._session.execute(delete(KnownSource).where(of_account, KnownSource.source.in_(gone)))
