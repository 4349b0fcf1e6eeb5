"""How a theme reaches the screen: parsed once, and without its colours where none are wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence

from textual.app import App
from textual.filter import LineFilter, Monochrome, NoColor

from pftui.terminal.capabilities import only_256, prefer_ansi
from pftui.widgets.theme import BY_WORD, DARK, IN_256, SIXTEEN, THEMES


class ThemeCache(App[None]):
    """An app whose stylesheets are parsed once a theme.

    Parsing takes a tenth of a start, and Textual parses anew for every theme and every screen: here
    only where the theme's values are others. And Textual decides before the theme is known how to
    leave colours out, which would make the sixteen colours black on black.
    """

    _variables: dict[str, str] | None = None
    first_theme = DARK
    """The one that was asked for at the start, or else suits the terminal."""
    theme_is_given = False
    """Whether it was asked for: what somebody has chosen before does not count then."""

    def apply_theme(self, theme: str | None) -> None:
        """Take a theme, or the one that suits the terminal; to be called before the app runs."""
        for each in THEMES.values():
            self.register_theme(each)
        suitable = SIXTEEN if prefer_ansi(os.environ) else DARK
        given = theme or BY_WORD.get(os.environ.get("PFTUI_THEME", ""))
        self.theme_is_given = given is not None
        self.first_theme = given or suitable
        self.change_theme(self.first_theme)
        self._variables = self.get_css_variables()
        self.stylesheet.set_variables(self._variables)

    def change_theme(self, name: str) -> None:
        """Take another theme; without colours there is one only, which works without them."""
        shown = IN_256.get(name, name) if only_256(os.environ) and not self.is_headless else name
        self.theme = SIXTEEN if self.colourless else shown

    def refresh_css(self, animate: bool = True) -> None:
        """Apply the stylesheets, if another theme gave them other values."""
        variables = self.get_css_variables()
        if variables != self._variables:
            self._variables = variables
            super().refresh_css(animate=animate)

    @property
    def colourless(self) -> bool:
        """Whether no colour is wanted (https://no-color.org: the variable is set and not empty)."""
        return bool(os.environ.get("NO_COLOR"))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is done to all that is painted."""
        others = [each for each in super().get_line_filters() if not isinstance(each, (Monochrome, NoColor))]
        return [*others, NoColor()] if self.colourless else others
