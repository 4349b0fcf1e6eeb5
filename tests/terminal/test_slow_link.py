"""Keys that a link has bunched: what came in one burst changes nothing, and what a hand types goes on.

The real console in a terminal at the other end of a link (`tests.terminal.relay`), with 0, 50, 200 and
1,000 ms of delay and as much jitter, each way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pftui.domain.store_urls import sqlite_path as path_of
from pftui.screens.command import Flow
from pftui.screens.registry import COMMANDS
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD

from .harness import clean_environment, python
from .relay import FarTerminal, Link

LINKS = [
    Link(),
    Link(0.05, 0.05),
    pytest.param(Link(0.2, 0.2), marks=pytest.mark.thorough),
    pytest.param(Link(1.0, 1.0), marks=pytest.mark.thorough),
]
by_link = pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link.delay * 1000:.0f}-ms")

ESCAPE = "\x1b[27u"  # in the unambiguous form: a lone ESC is known only by the silence after it
END = "\x1b[F"
DOWN = "\x1b[B"
LIST = "c Create Service Account"
TOO_FAST = "faster than a hand types"
SAVE_IT = "Save it now"


def stored(path: Path) -> list[str]:
    """All that stands in a store."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


AT_HAND = Link()


class Person:
    """Somebody in a demo, at the far end of a link."""

    def __init__(self, folder: Path, link: Link, size: tuple[int, int] = (120, 40)) -> None:
        environ = clean_environment(HOME=str(folder), TMPDIR=str(folder))
        self.link = link
        self.terminal = FarTerminal(python("pftui", "--demo"), environ, size, link=AT_HAND)
        self.sees("Alice Ng")
        self.terminal.rest()
        self.terminal.over(link)
        (self.store,) = folder.glob("pftui-demo-*/pftui.db")

    def sees(self, text: str) -> None:
        self.terminal.wait_for(lambda: text in self.terminal.text)

    def press_enter_again_if_told(self, done: str) -> bool:
        """Press Enter once more, by itself, where that is asked for; whether it was."""
        self.terminal.wait_for(lambda: done in self.terminal.text or TOO_FAST in self.terminal.text)
        told = done not in self.terminal.text
        if told:
            self.terminal.rest()
            self.terminal.type("\r")
            self.sees(done)
        return told

    def goes_back(self) -> None:
        """Leave whatever is open, for the list of the first tab; not over the link: no test is about that."""
        self.terminal.over(AT_HAND)
        for _ in range(20):
            text = self.terminal.text
            if LIST in text and " / filter" in text:
                self.terminal.over(self.link)
                return
            keys = [ESCAPE, "1"] if "2 Teams" in text and "? Help" in text else [ESCAPE]
            if "Discard what" in text or "Close unsaved" in text:
                keys = ["\t", "\r"]
            for key in keys:
                self.terminal.type(key)
                self.terminal.rest()
        raise AssertionError(f"no way back from\n{self.terminal.text}")


@pytest.fixture
def person(tmp_path: Path, link: Link) -> Iterator[Person]:
    somebody = Person(tmp_path, link)
    with somebody.terminal:
        yield somebody


# What must not change the store


@by_link
def test_a_paste_changes_nothing_until_one_more_enter_comes_by_itself(person: Person) -> None:
    before = stored(person.store)
    person.terminal.paste("xenon user\r")
    person.sees("Alice Ng → Alice Ngnon user. Enter once more saves it.")
    person.terminal.rest()
    assert "Edit Alice Ng" in person.terminal.text
    assert stored(person.store) == before
    person.terminal.type("\r")
    person.sees("non user is saved.")
    assert stored(person.store) != before


#: Texts, and where a link cuts them: nowhere so that an Enter comes alone, as when it is pressed, and not
#: into single keys, as when they are typed.
CUT = [
    ("xenon user\r", [9]),
    ("xenon user\r", [3, 8]),
    ("dog\r\r", [3]),
    ("new person\r\rand another\r\r", [10, 22]),
    ("gxyz\r\tx\r\r ", [4, 6]),
    ("Delete\rAlice Ng\r\r", [4, 15]),
]


@by_link
def test_a_paste_that_a_link_has_cut_changes_nothing(person: Person) -> None:
    """The end of it comes up to a second later than what was before."""
    before = stored(person.store)
    for text, cuts in CUT if person.link.delay < 1 else CUT[:3]:
        person.terminal.paste(text, *cuts)
        person.terminal.rest()
        assert stored(person.store) == before, (text, cuts)
        person.goes_back()
    assert person.terminal.process.poll() is None


@pytest.mark.parametrize("link", [AT_HAND, Link(0.2, 0.2)], ids=["0-ms", "200-ms"])
def test_a_command_and_the_end_of_its_line_are_part_of_the_text_that_they_begin(person: Person) -> None:
    """`d` asks, and Enter would go on; a hand may type both at once, but not what follows."""
    before = stored(person.store)
    for text in ("d\r\ragenda of today\r", "g\t\rlobal\r", "p\t\rassword list\r", "k\r\rey\r", "\rx y z\r"):
        person.terminal.paste(text)
        person.terminal.rest()
        assert stored(person.store) == before, text
        person.goes_back()


#: The keys to a place, and the keys that open a form or a question there.
OPENED = {
    (): "AHcdeknoptz",
    ("/", "ci-bot", "\r"): "ADaek",
    ("/", "ci-bot", "\r", "\r"): "xr",
    ("/", "ci-bot", "\r", "\r", END): "Lx",
    ("2",): "Deamt",
    ("2", "\r"): "xr",
    ("3",): "DHcen",
    ("4",): "Daeknpt",
    ("5",): "Hf",
}


@pytest.mark.thorough
@pytest.mark.parametrize(
    "place", OPENED, ids=lambda place: " ".join(place).replace("\r", "enter").replace(END, "end") or "start"
)
def test_no_key_with_a_text_behind_it_changes_anything(tmp_path: Path, place: tuple[str, ...]) -> None:
    """What the key opens there gets the text: lines, tabs and spaces, twice."""
    somebody = Person(tmp_path, AT_HAND, (80, 24))
    with somebody.terminal as terminal:
        before = stored(somebody.store)
        for key in OPENED[place]:
            for step in place:
                terminal.type(step)
                terminal.rest()
            for text in (f"{key}\r\rci-bot\r\r\t \r", "x\t\t\rci-bot\r\r\t \r"):
                terminal.paste(text)
                terminal.rest()
            assert stored(somebody.store) == before, key
            somebody.goes_back()


def test_every_key_that_opens_a_form_or_a_question_is_tried() -> None:
    keys = {
        command.keys.removeprefix("delete,")
        for command in COMMANDS.values()
        if isinstance(command.does, Flow)
    }
    assert keys - {"", "enter"} == set("".join(OPENED.values()))  # Enter opens an account, to be read


@pytest.mark.parametrize("paste", ["xyz\r", "s\r\rxyz\r", "\rxyz\r\t\r", "p\r\rxyz\r"])
def test_a_paste_into_the_reveal_leaves_the_key_where_it_is(tmp_path: Path, paste: str) -> None:
    somebody = Person(tmp_path, AT_HAND, (80, 24))
    with somebody.terminal as terminal:
        terminal.type("cbot")
        terminal.rest()
        terminal.type("\r")
        somebody.sees(SAVE_IT)
        terminal.rest()
        before, files = stored(somebody.store), sorted(tmp_path.glob("**/*.key"))
        for _ in range(2):
            terminal.paste(paste)
            terminal.rest()
        assert stored(somebody.store) == before
        assert sorted(tmp_path.glob("**/*.key")) == files
        if SAVE_IT not in terminal.text:  # another modal is above it
            terminal.type(ESCAPE)
        somebody.sees(SAVE_IT)


@by_link
def test_a_paste_into_the_welcome_makes_no_store(tmp_path: Path, link: Link) -> None:
    store = tmp_path / "new" / "pftui.db"
    environ = clean_environment(HOME=str(tmp_path))
    with FarTerminal(python("pftui", "--store", str(store)), environ, (100, 30), link=link) as terminal:
        terminal.wait_for(lambda: "There is no store yet" in terminal.text)
        terminal.rest()
        words = "harvest moon tractor violin"
        terminal.paste(f"Acme\rAlice Ng\r{ADMIN_EMAIL}\r{words}\r{words}\r")
        terminal.wait_for(lambda: TOO_FAST in terminal.text)
        terminal.rest()
        assert not store.exists()
        terminal.type("\r")
        terminal.wait_for(lambda: LIST in terminal.text)


# What goes on to work


@by_link
def test_a_search_typed_ahead_opens_what_it_finds(person: Person) -> None:
    person.terminal.paste("/payments-ci\r\r")
    person.sees("What it can do now")
    assert TOO_FAST not in person.terminal.text


@by_link
def test_a_name_typed_ahead_waits_in_its_form(person: Person) -> None:
    before = stored(person.store)
    person.terminal.paste("cbot\r")
    person.sees(TOO_FAST)
    person.terminal.rest()
    assert "bot" in person.terminal.text
    assert stored(person.store) == before
    person.terminal.type("\r")
    person.sees(SAVE_IT)


@by_link
def test_fast_typing_goes_through_or_stops_in_the_filled_form(person: Person) -> None:
    """What comes bunched by the jitter is a burst to whoever reads it: then one more Enter goes on."""
    person.terminal.hand("cfast bot\r", 0.04)
    person.press_enter_again_if_told(SAVE_IT)
    assert "API key for fast bot" in person.terminal.text


@by_link
def test_what_a_hand_types_over_a_link_without_jitter_is_done_at_once(tmp_path: Path, link: Link) -> None:
    somebody = Person(tmp_path, Link(link.delay))
    with somebody.terminal:
        somebody.terminal.hand("cslow bot\r", 0.15)
        somebody.sees(SAVE_IT)
        assert TOO_FAST not in somebody.terminal.log.decode()


@by_link
def test_a_held_arrow_key_and_enter_are_done_at_once(person: Person) -> None:
    person.terminal.hand("a", 0.0)
    person.sees("type to search teams")
    person.terminal.rest()
    for _ in range(3):
        person.terminal.hand([DOWN], 0.03)
    person.terminal.hand([DOWN, "\r"], 0.03)
    person.sees("Select the role")
    person.terminal.rest()
    person.terminal.hand([DOWN, DOWN, DOWN, "\r"], 0.03)
    person.sees(" now: ")
    assert TOO_FAST not in person.terminal.log.decode()


@by_link
@pytest.mark.parametrize("way", ["typed", "pasted"])
def test_signing_in_is_no_change(sqlite_url: str, link: Link, way: str) -> None:
    store = path_of(sqlite_url)
    environ = clean_environment()
    with FarTerminal(python("pftui", "--store", str(store)), environ, (100, 30), link=link) as terminal:
        terminal.wait_for(lambda: "Password" in terminal.text)
        terminal.rest()
        keys = f"{ADMIN_EMAIL}\r{ADMIN_PASSWORD}\r"
        terminal.hand(keys, 0.03) if way == "typed" else terminal.paste(keys)
        terminal.wait_for(lambda: LIST in terminal.text)
        assert TOO_FAST not in terminal.log.decode()
