"""All colours of the console. Stylesheets and widgets use them by the names that are defined here.

Colours: `$background`, `$panel`, `$rule`; `$text`, `$muted`; `$accent`; `$success`, `$warning`, `$error`;
`$selected` (the ground of the row under the cursor) with `$selected-muted` on it; `$on-accent`.
Whole styles: `$cursor-row`, `$chip` (what is switched on), `$key`, `$heading`; and, for
stylesheets, the text styles `$selected-style` and `$chip-style` (`reverse` where there is no colour).
"""

from __future__ import annotations

from textual.theme import Theme

DARK = "pftui-dark"
LIGHT = "pftui-light"
SIXTEEN = "pftui-16"
#: The same two in colours that a terminal of 256 has: brought down by itself a colour loses its contrast.
IN_256 = {DARK: "pftui-dark-256", LIGHT: "pftui-light-256"}
#: What a person calls them, in `PFTUI_THEME`.
BY_WORD = {"dark": DARK, "light": LIGHT, "16": SIXTEEN}

#: What is measured by a test (WCAG 2.2, 1.4.3 and 1.4.6): name → at least this contrast on each ground.
GROUNDS = ("background", "panel", "selected")
CONTRAST = {"text": 7.0, "accent": 4.5, "success": 4.5, "warning": 4.5, "error": 4.5}


def _theme(name: str, *, dark: bool, colors: dict[str, str]) -> Theme:
    """A theme from its colours; Textual's own widgets get the same ones under the names they know."""
    known = {
        "input-cursor-background": colors["text"],
        "input-cursor-foreground": colors["background"],
        "input-cursor-text-style": "none",
        "input-selection-background": colors["selected"],
        "screen-selection-background": colors["selected"],
        "screen-selection-foreground": colors["text"],
        "block-cursor-background": colors["selected"],
        "block-cursor-foreground": colors["text"],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": colors["selected"],
        "block-cursor-blurred-foreground": colors["text"],
        "block-hover-background": colors["panel"],
        "border": colors["accent"],
        "border-blurred": colors["rule"],
        "scrollbar": colors["rule"],
        "scrollbar-hover": colors["muted"],
        "scrollbar-active": colors["muted"],
        "scrollbar-background": colors["background"],
        "scrollbar-background-hover": colors["background"],
        "scrollbar-background-active": colors["background"],
        "scrollbar-corner-color": colors["background"],
        "text-muted": colors["muted"],
        "text-disabled": colors["muted"],
        "foreground-muted": colors["muted"],
        "foreground-disabled": colors["muted"],
        "link-color": colors["accent"],
    }
    styles = {
        "selected-style": "none",
        "chip-style": "bold",
        "choice-ground": colors["selected"],
        "choice-text": colors["text"],
        "choice-style": "bold",
        "option-muted": colors["muted"],
        "option-key": f"bold {colors['accent']}",
        "cursor-row": f"{colors['text']} on {colors['selected']}",
        "chip": f"bold {colors['on-accent']} on {colors['accent']}",
        "key": f"bold {colors['accent']}",
        "heading": f"bold {colors['accent']}",
    }
    return Theme(
        name=name,
        primary=colors["accent"],
        secondary=colors["muted"],
        accent=colors["accent"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        foreground=colors["text"],
        background=colors["background"],
        surface=colors["background"],
        panel=colors["panel"],
        dark=dark,
        ansi=False,
        variables={**known, **styles, **colors},
    )


def _sixteen() -> Theme:
    """The terminal's own colours: its ground, its text, and six of its sixteen for meaning.

    The selected row and what is switched on are reversed, which works without any colour too.
    """
    colors = {
        "background": "ansi_default",
        "panel": "ansi_default",
        "rule": "ansi_bright_black",
        "text": "ansi_default",
        "muted": "ansi_default",  # bright black is 2.8:1 on VGA's black
        "selected-muted": "ansi_default",
        "accent": "ansi_cyan",
        "on-accent": "ansi_black",
        "success": "ansi_green",
        "warning": "ansi_bright_yellow",
        "error": "ansi_bright_red",
        "selected": "ansi_default",
    }
    theme = _theme(SIXTEEN, dark=True, colors=colors)
    theme.ansi = True
    theme.variables |= {
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "selected-style": "reverse",
        "cursor-row": "reverse",
        # Textual's option lists know no reverse: colours of both, and a line for where there are none.
        "choice-ground": "ansi_cyan",
        "choice-text": "ansi_black",
        "choice-style": "bold underline",
        "option-muted": "not dim",  # any colour would be one on both grounds
        "option-key": "bold",
        "chip": "bold reverse ansi_cyan",
        "chip-style": "bold reverse",
        "input-cursor-text-style": "reverse",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "block-cursor-text-style": "reverse",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
        "scrollbar-background": "ansi_default",
    }
    return theme


THEMES = {
    DARK: _theme(
        DARK,
        dark=True,
        colors={
            "background": "#12161c",
            "panel": "#171c24",
            "rule": "#2a323d",
            "text": "#d7dde5",
            "muted": "#8b95a3",
            "selected-muted": "#909aa8",
            "accent": "#7cc4ff",
            "on-accent": "#12161c",
            "success": "#8fd19e",
            "warning": "#f0c674",
            "error": "#f28b82",
            "selected": "#22303f",
        },
    ),
    LIGHT: _theme(
        LIGHT,
        dark=False,
        colors={
            "background": "#fafbfc",
            "panel": "#f0f3f7",
            "rule": "#c8d1dc",
            "text": "#1c2530",
            "muted": "#566270",
            "selected-muted": "#4a5563",
            "accent": "#0a5aa8",
            "on-accent": "#ffffff",
            "success": "#17673a",
            "warning": "#7a4f00",
            "error": "#a8261d",
            "selected": "#d5e5f5",
        },
    ),
    SIXTEEN: _sixteen(),
    IN_256[DARK]: _theme(
        IN_256[DARK],
        dark=True,
        colors={
            "background": "#121212",
            "panel": "#262626",
            "rule": "#444444",
            "text": "#e4e4e4",
            "muted": "#a8a8a8",
            "selected-muted": "#bcbcbc",
            "accent": "#87d7ff",
            "on-accent": "#121212",
            "success": "#87d787",
            "warning": "#ffd75f",
            "error": "#ff8787",
            "selected": "#303030",
        },
    ),
    IN_256[LIGHT]: _theme(
        IN_256[LIGHT],
        dark=False,
        colors={
            "background": "#ffffff",
            "panel": "#eeeeee",
            "rule": "#c6c6c6",
            "text": "#1c1c1c",
            "muted": "#585858",
            "selected-muted": "#4e4e4e",
            "accent": "#005faf",
            "on-accent": "#ffffff",
            "success": "#005f00",
            "warning": "#5f5f00",
            "error": "#af0000",
            "selected": "#d7d7ff",
        },
    ),
}
