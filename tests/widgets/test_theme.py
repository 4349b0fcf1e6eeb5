"""Contrast is measured, not guessed (WCAG 2.2, 1.4.3 and 1.4.6)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.color_triplet import ColorTriplet
from textual.color import Color

from pftui import styles
from pftui.commands.console import THEME_WORDS
from pftui.widgets.theme import BY_WORD, CONTRAST, DARK, GROUNDS, IN_256, LIGHT, SIXTEEN, THEMES

PACKAGE = Path(__file__).parents[2] / "src" / "pftui"
STYLES = Path(styles.__file__).parent


def luminance(color: Color) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    channels = [value / 255 for value in (color.r, color.g, color.b)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", [DARK, LIGHT])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("color", CONTRAST)
def test_text_is_readable_on_every_ground(name: str, ground: str, color: str) -> None:
    values = THEMES[name].variables
    assert contrast(values[color], values[ground]) >= CONTRAST[color]


@pytest.mark.parametrize("name", [DARK, LIGHT])
@pytest.mark.parametrize(
    ("color", "ground"),
    [
        ("muted", "background"),
        ("muted", "panel"),
        ("selected-muted", "selected"),
        ("on-accent", "accent"),
    ],
)
def test_muted_text_is_readable_where_it_stands(name: str, color: str, ground: str) -> None:
    values = THEMES[name].variables
    assert contrast(values[color], values[ground]) >= 4.5


def test_all_themes_have_the_same_names() -> None:
    names = {name: set(theme.variables) for name, theme in THEMES.items()}
    assert names[DARK] == names[LIGHT] == names[IN_256[DARK]] == names[IN_256[LIGHT]]
    assert names[DARK] <= names[SIXTEEN]


def in_256(color: str) -> str:
    """What a terminal of 256 colours shows of a colour that is sent to it."""
    known = RichColor.from_triplet(ColorTriplet(*Color.parse(color).rgb))
    return known.downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex


SHOWN = [(color, ground, least) for ground in GROUNDS for color, least in CONTRAST.items()] + [
    ("muted", "background", 4.5),
    ("muted", "panel", 4.5),
    ("selected-muted", "selected", 4.5),
    ("on-accent", "accent", 4.5),
]


@pytest.mark.parametrize("name", IN_256.values())
@pytest.mark.parametrize(("color", "ground", "least"), SHOWN)
def test_so_it_is_in_256_colours(name: str, color: str, ground: str, least: float) -> None:
    values = THEMES[name].variables
    assert contrast(in_256(values[color]), in_256(values[ground])) >= least


@pytest.mark.parametrize("name", IN_256.values())
def test_in_256_colours_a_field_and_the_selected_row_have_an_extent(name: str) -> None:
    values = THEMES[name].variables
    grounds = {in_256(values[ground]) for ground in GROUNDS}
    assert len(grounds) == len(GROUNDS)


#: The first sixteen as xterm and a VGA console have them by default, on their black.
PALETTES = {
    "xterm": {
        "ansi_default": "#e5e5e5", "ansi_cyan": "#00cdcd", "ansi_green": "#00cd00", "ansi_black": "#000000",
        "ansi_bright_yellow": "#ffff00", "ansi_bright_red": "#ff0000",
    },
    "vga": {
        "ansi_default": "#aaaaaa", "ansi_cyan": "#00aaaa", "ansi_green": "#00aa00", "ansi_black": "#000000",
        "ansi_bright_yellow": "#ffff55", "ansi_bright_red": "#ff5555",
    },
}  # fmt: skip


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("color", ["text", "muted", "accent", "success", "warning", "error"])
def test_so_it_is_in_the_terminals_own_sixteen(palette: dict[str, str], color: str) -> None:
    values = THEMES[SIXTEEN].variables
    assert contrast(palette[values[color]], "#000000") >= CONTRAST.get(color, 4.5)
    assert contrast(palette[values["on-accent"]], palette[values["accent"]]) >= 4.5


def test_every_theme_has_a_word_for_the_environment() -> None:
    assert tuple(BY_WORD) == THEME_WORDS
    assert {*BY_WORD.values(), *IN_256.values()} == set(THEMES)


def test_no_colour_is_named_outside_the_theme() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|\brgb\(|\bansi_\w+")
    places = [*STYLES.glob("*.tcss"), *PACKAGE.glob("screens/**/*.py"), *PACKAGE.glob("widgets/*.py")]
    found = [
        f"{path.name}: {match[0]}"
        for path in places
        if path.name != "theme.py"
        for match in colour.finditer(path.read_text())
    ]
    assert found == []
