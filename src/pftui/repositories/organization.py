"""The tenant of the store: one row."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pftui.domain.teams import Organization
from pftui.repositories.models import OrganizationRow
from pftui.repositories.rows import RowShape

_ORGANIZATION = RowShape(Organization, OrganizationRow)
_THE_ONE = select(*_ORGANIZATION.columns)


class OrganizationRepository:
    """The organization, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, organization: OrganizationRow) -> None:
        """Put the one row in."""
        self._session.add(organization)
        self._session.flush()

    def row(self) -> OrganizationRow:
        """The one row, to be changed."""
        return self._session.execute(select(OrganizationRow)).scalar_one()

    def get(self) -> Organization:
        """The tenant of this store."""
        return _ORGANIZATION.of(self._session.execute(_THE_ONE).one())
