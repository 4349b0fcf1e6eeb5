"""The rows that a query of a service finds, for a table to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.domain.paging import PageRequest


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_Identified)
RowOut = TypeVar("RowOut", covariant=True)
Query = TypeVar("Query")
QueryIn = TypeVar("QueryIn", contravariant=True)
Counts = TypeVar("Counts", bound="int | HasTotal")
CountsOut = TypeVar("CountsOut", bound="int | HasTotal", covariant=True)


class HasTotal(Protocol):
    """Counts that tell more than how many rows there are."""

    @property
    def total(self) -> int:
        """How many rows there are."""


class Pages(Protocol[RowOut, QueryIn, CountsOut]):
    """A service whose rows can be listed: see the services for what each of these gives and raises."""

    def page(self, operator: Operator, query: QueryIn, request: PageRequest) -> Sequence[RowOut]:
        """One page."""

    def count(self, operator: Operator, query: QueryIn) -> CountsOut:
        """How many rows `page` can give."""

    def position(self, operator: Operator, query: QueryIn, row_id: str, /) -> int | None:
        """At which row number (from 0) `page` gives the row."""


def page_of(rows: Sequence[Row], request: PageRequest) -> Sequence[Row]:
    """Some of the rows of a list that is read whole; a page that names its neighbour begins beside it."""
    ids = [row.id for row in rows]
    if request.before in ids:
        end = ids.index(request.before)
        return rows[max(0, end - request.size) : end]
    start = ids.index(request.after) + 1 if request.after in ids else request.offset
    return rows[start : start + request.size]


class QueryRows(Generic[Row, Query, Counts]):
    """One query's rows (implements `RowSource`); keeps the counts that come with them.

    With `whole`, a query that finds more, it is counted too how many rows there would be without the filter.
    """

    def __init__(
        self,
        pages: Pages[Row, Query, Counts],
        operator: Operator,
        query: Query,
        whole: Query | None = None,
    ) -> None:
        self._pages = pages
        self._operator = operator
        self._query = query
        self._whole = whole
        self.counts: Counts | None = None
        self.whole_counts: Counts | None = None

    def count(self) -> int:
        """How many there are."""
        counts = self._pages.count(self._operator, self._query)
        whole = self._whole if self._whole not in (None, self._query) else None
        self.whole_counts = counts if whole is None else self._pages.count(self._operator, whole)
        self.counts = counts
        return counts if isinstance(counts, int) else counts.total

    def page(self, request: PageRequest) -> Sequence[Row]:
        """Some of them."""
        return self._pages.page(self._operator, self._query, request)

    def position(self, row_id: str) -> int | None:
        """Where one of them is."""
        return self._pages.position(self._operator, self._query, row_id)
