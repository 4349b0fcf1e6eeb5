"""Contrast is measured, not guessed (WCAG 2.2, 1.4.3 and 1.4.6)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.color import Color

from pftui import styles
from pftui.widgets.theme import CONTRAST, DARK, GROUNDS, LIGHT, THEMES

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
    dark, light, sixteen = (set(theme.variables) for theme in THEMES.values())
    assert dark == light
    assert dark <= sixteen


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
