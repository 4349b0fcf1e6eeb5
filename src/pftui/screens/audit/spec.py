"""The Audit tab, as the frame knows it."""

from __future__ import annotations

from pftui.screens.audit.commands import COMMANDS
from pftui.screens.places import AUDIT
from pftui.screens.tab_spec import TabSpec

SPEC = TabSpec(
    AUDIT,
    title="Audit",
    key="5",
    tooltip="What happened, newest first",
    tab="audit.tab:AuditTab",
    finder="audit.finder:find",
    finds="an event",
    footer=(
        ("open_event", 5),
        ("jump", 3),
        ("filter_events", 2),
        ("cycle", 6),
        ("filter", 4),
        ("help", 1),
        ("quit", 7),
    ),
    commands=COMMANDS,
)
