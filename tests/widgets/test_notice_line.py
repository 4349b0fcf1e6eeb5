"""Notices stand long enough to be read, are data, and can be looked up again."""

from __future__ import annotations

from textual.app import App, ComposeResult

from pftui.widgets.notice_line import KEPT, NoticeLine, Notices, seconds_to_read
from tests.conftest import SetClock


class Line(App[None]):
    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self.line = NoticeLine(notices)

    def compose(self) -> ComposeResult:
        yield self.line


def test_the_last_ones_are_kept_and_no_more(clock: SetClock) -> None:
    notices = Notices(clock)
    for number in range(KEPT + 5):
        notices.add(f"notice {number}", "success")
    assert len(notices.past()) == KEPT
    assert notices.past()[0].text == f"notice {KEPT + 4}"


def test_more_words_stand_longer_and_what_went_wrong_longest(clock: SetClock) -> None:
    notices = Notices(clock)
    short, long = notices.add("Done.", "success"), notices.add("word " * 60, "success")
    wrong = notices.add("Done.", "error")
    assert seconds_to_read(short) >= 8
    assert seconds_to_read(long) > seconds_to_read(short)
    assert seconds_to_read(wrong) > seconds_to_read(short)


async def test_where_a_sentence_is_cut_stands_the_key_that_shows_all_of_it(
    clock: SetClock,
) -> None:
    notices = Notices(clock)
    app = Line(notices)
    async with app.run_test(size=(60, 5)):
        app.line.show(notices.add("word " * 20, "warning"))
        assert app.line.render().plain.endswith("…  h more")
        assert app.line.render().cell_length <= 60


async def test_markup_and_line_breaks_are_text(clock: SetClock) -> None:
    notices = Notices(clock)
    app = Line(notices)
    async with app.run_test(size=(60, 5)) as pilot:
        app.line.show(notices.add("[red]x[/red]\nis deleted.", "success"))
        await pilot.pause()
        assert app.line.render().plain == " ✓ [red]x[/red] is deleted."


async def test_what_lasts_names_the_key_that_tries_again(clock: SetClock) -> None:
    notices = Notices(clock)
    app = Line(notices)
    async with app.run_test(size=(60, 5)):
        notices.lasting = "The store cannot be reached. " * 3
        text = app.line.render().plain
        assert text.endswith("ctrl+r Retry")
        assert len(text) <= 60
        notices.lasting = None
        assert app.line.render().plain == ""
