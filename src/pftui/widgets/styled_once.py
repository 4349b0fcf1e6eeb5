"""Parsing stylesheets takes a tenth of a start; Textual does it anew for every theme and every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[Any]
else:
    _Base = object


class StyledOnce(_Base):
    """A mixin for the app: parses anew only where the theme's values are others."""

    _styled_with: dict[str, str] | None = None

    def style_once(self) -> None:
        """Take the theme that is set now for the first parse; to be called before the app runs."""
        self._styled_with = self.get_css_variables()
        self.stylesheet.set_variables(self._styled_with)

    def refresh_css(self, animate: bool = True) -> None:
        """Apply the stylesheets, if another theme gave them other values."""
        variables = self.get_css_variables()
        if variables != self._styled_with:
            self._styled_with = variables
            super().refresh_css(animate=animate)
