"""Standard output: aligned tables, JSON as it streams, and secrets that cannot get lost silently."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pftui.commands import output
from pftui.commands.paging import walk
from pftui.domain.errors import PftuiError
from pftui.domain.paging import PageRequest
from pftui.presentation.columns import Column


def column(title: str, index: int, *, number: bool = False) -> Column[list[str]]:
    """One of a table whose rows are lists of texts."""
    return Column(title, lambda row, now: row[index], number)


def test_columns_are_aligned_by_cells(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [column("Name", 0), column("Teams", 1, number=True), column("Last", 2)]
    output.table(columns, [["日本", "7", "x"], ["[red]a[/]", "12", ""]], "none")
    assert capsys.readouterr().out.splitlines() == [
        "Name       Teams  Last",
        "日本           7  x",
        "[red]a[/]     12",
    ]


def test_an_empty_table_says_so_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.table([column("Name", 0)], [], "No user was found.")
    assert capsys.readouterr() == ("", "No user was found.\n")


def test_a_table_starts_before_its_last_row_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    early: list[str] = []

    def rows() -> Iterator[list[str]]:
        for number in range(2 * output.PAGE):
            yield [str(number)]
        early.append(capsys.readouterr().out)
        yield ["a far longer cell"]

    output.table([column("Number", 0)], rows(), "none")
    assert early[0].splitlines()[:2] == ["Number", "0"]
    assert capsys.readouterr().out.splitlines()[-1] == "a far longer cell"


@pytest.mark.parametrize("values", [[], [1], [{"name": "日本"}, {"name": "[red]x[/]"}]])
def test_an_array_is_json_and_a_value_a_line(
    values: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    output.json_array(iter(values))
    written = capsys.readouterr().out
    assert json.loads(written) == values
    assert len(written.splitlines()) == (len(values) + 2 if values else 1)


class Row:
    def __init__(self, number: int) -> None:
        self.id = str(number)
        self.sort_key = (f"row {number:06}", self.id)


class Store:
    """A list of rows by keyset, which notes what was asked."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.asked: list[PageRequest] = []

    def page(self, request: PageRequest) -> list[Row]:
        self.asked.append(request)
        start = int(request.after_key[1]) + 1 if request.after_key is not None else 0
        return [Row(number) for number in range(start, min(start + request.size, self.rows))]


@pytest.mark.parametrize("rows", [0, 1, output.PAGE - 1, output.PAGE, output.PAGE + 1, 3 * output.PAGE])
def test_a_walk_gives_every_row_once(rows: int) -> None:
    store = Store(rows)
    assert [row.id for row in walk(store.page)] == [str(number) for number in range(rows)]
    assert all(request.size <= output.PAGE for request in store.asked)
    for request in store.asked[1:]:
        assert request.after_key == (f"row {request.offset - 1:06}", str(request.offset - 1))


@pytest.mark.parametrize("limit", [1, output.PAGE, output.PAGE + 7])
def test_a_limit_asks_for_no_more(limit: int) -> None:
    store = Store(10 * output.PAGE)
    assert len(list(walk(store.page, limit))) == limit
    assert sum(request.size for request in store.asked) == limit


def test_a_walk_holds_one_page_at_a_time() -> None:
    store = Store(10 * output.PAGE)
    walked = walk(store.page)
    next(walked)
    assert len(store.asked) == 1


def test_a_secret_that_cannot_be_written_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(PftuiError) as caught:
            output.secret("hunter2", "Revoke it.")
        monkeypatch.undo()
    assert "No space left" in caught.value.message
    assert "Revoke it." in caught.value.message
    assert "hunter2" not in caught.value.message
