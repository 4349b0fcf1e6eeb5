"""All colours of the console. Stylesheets and widgets name the roles that are defined here.

Roles: `$background`, `$panel`, `$rule`; `$text`, `$muted`; `$accent`; `$success`, `$warning`, `$error`;
`$selected` (the ground of the row under the cursor) with `$selected-muted` on it; `$on-accent`.
Whole styles: `$cursor-row`, `$chip` (what is switched on), `$key`, `$heading`; and, for
stylesheets, the text styles `$selected-style` and `$chip-style` (`reverse` where there is no colour).
"""

from __future__ import annotations

from textual.theme import Theme

DARK = "pftui-dark"
LIGHT = "pftui-light"
SIXTEEN = "pftui-16"

#: What is measured by a test (WCAG 2.2, 1.4.3 and 1.4.6): role → at least this contrast on each ground.
GROUNDS = ("background", "panel", "selected")
CONTRAST = {"text": 7.0, "accent": 4.5, "success": 4.5, "warning": 4.5, "error": 4.5}


def _theme(name: str, *, dark: bool, roles: dict[str, str]) -> Theme:
    """A theme from its roles; Textual's own widgets get the same roles under the names they know."""
    known = {
        "input-cursor-background": roles["text"],
        "input-cursor-foreground": roles["background"],
        "input-cursor-text-style": "none",
        "input-selection-background": roles["selected"],
        "screen-selection-background": roles["selected"],
        "screen-selection-foreground": roles["text"],
        "block-cursor-background": roles["selected"],
        "block-cursor-foreground": roles["text"],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": roles["selected"],
        "block-cursor-blurred-foreground": roles["text"],
        "block-hover-background": roles["panel"],
        "border": roles["accent"],
        "border-blurred": roles["rule"],
        "scrollbar": roles["rule"],
        "scrollbar-hover": roles["muted"],
        "scrollbar-active": roles["muted"],
        "scrollbar-background": roles["background"],
        "scrollbar-background-hover": roles["background"],
        "scrollbar-background-active": roles["background"],
        "scrollbar-corner-color": roles["background"],
        "text-muted": roles["muted"],
        "text-disabled": roles["muted"],
        "foreground-muted": roles["muted"],
        "foreground-disabled": roles["muted"],
        "link-color": roles["accent"],
    }
    styles = {
        "selected-style": "none",
        "chip-style": "bold",
        "choice-ground": roles["selected"],
        "choice-text": roles["text"],
        "choice-style": "bold",
        "cursor-row": f"{roles['text']} on {roles['selected']}",
        "chip": f"bold {roles['on-accent']} on {roles['accent']}",
        "key": f"bold {roles['accent']}",
        "heading": f"bold {roles['accent']}",
    }
    return Theme(
        name=name,
        primary=roles["accent"],
        secondary=roles["muted"],
        accent=roles["accent"],
        success=roles["success"],
        warning=roles["warning"],
        error=roles["error"],
        foreground=roles["text"],
        background=roles["background"],
        surface=roles["background"],
        panel=roles["panel"],
        dark=dark,
        ansi=False,
        variables={**known, **styles, **roles},
    )


def _sixteen() -> Theme:
    """The terminal's own colours: its ground, its text, and six of its sixteen for meaning.

    The selected row and what is switched on are reversed, which works without any colour too.
    """
    roles = {
        "background": "ansi_default",
        "panel": "ansi_default",
        "rule": "ansi_bright_black",
        "text": "ansi_default",
        "muted": "ansi_bright_black",
        "selected-muted": "ansi_default",
        "accent": "ansi_cyan",
        "on-accent": "ansi_black",
        "success": "ansi_green",
        "warning": "ansi_yellow",
        "error": "ansi_red",
        "selected": "ansi_default",
    }
    theme = _theme(SIXTEEN, dark=True, roles=roles)
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
        roles={
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
        roles={
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
}
