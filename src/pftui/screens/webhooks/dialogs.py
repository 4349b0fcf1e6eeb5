"""The forms of webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pftui.domain.webhooks import WebhookView
from pftui.screens.console import Console, console_of
from pftui.screens.dialogs.form import EditForm, Field, Form, Tick
from pftui.services.results import NewSecret

if TYPE_CHECKING:
    from textual.widget import Widget

_EVENTS = "Events (as api_key.* user.login; * for all)"
_TEAM = "Team (optional: only what belongs to it)"


def _fields(row: WebhookView | None = None) -> Iterable[Widget]:
    """What both forms ask for."""
    yield Field("name", "Name", row.name if row else "")
    yield Field("url", "URL", row.url if row else "")
    yield Field("events", _EVENTS, " ".join(row.events) if row else "")
    yield Field("team", _TEAM, _team(row))


def _team(row: WebhookView | None) -> str:
    return (row.team_name or "") if row is not None else ""


def _patterns(typed: str) -> list[str]:
    return typed.replace(",", " ").split()


async def _team_id(console: Console, typed: str) -> str | None:
    if not typed.strip():
        return None
    return (await console.call(console.services.teams.find, console.operator, typed)).id


class NewWebhook(Form[NewSecret]):
    """Name, address, events, team; its secret is revealed next."""

    verb = "Create webhook"
    makes_secret = True

    def __init__(self) -> None:
        super().__init__("New Webhook")

    def body(self) -> Iterable[Widget]:
        """The fields."""
        yield from _fields()
        yield Tick("Enabled", True, id="enabled")

    async def save(self) -> None:
        """Create it."""
        console = console_of(self)
        team_id = await _team_id(console, self.typed("team"))
        new = await console.call(
            console.services.webhooks.create,
            console.operator,
            self.typed("name"),
            self.typed("url"),
            _patterns(self.typed("events")),
            team_id,
            enabled=self.query_one("#enabled", Tick).value,
        )
        self.dismiss(new)


class EditWebhook(EditForm[WebhookView]):
    """The same of a webhook that is there."""

    verb = "Save"

    def __init__(self, row: WebhookView) -> None:
        super().__init__(f"Edit {row.name}", row.version)
        self._row = row

    def body(self) -> Iterable[Widget]:
        """The fields."""
        yield from _fields(self._row)

    async def save(self) -> None:
        """Save it, unless somebody else did meanwhile."""
        console = console_of(self)
        typed = self.typed("team").strip()
        team_id = await _team_id(console, typed) if typed != _team(self._row) else None
        row = await console.call(
            console.services.webhooks.update,
            console.operator,
            self._row.id,
            self.version,
            name=self.typed("name"),
            url=self.typed("url"),
            events=_patterns(self.typed("events")),
            team_id=team_id,
            whole_organization=not typed and bool(_team(self._row)),
        )
        self.dismiss(row)

    async def read_again(self) -> tuple[int, Mapping[str, str]]:
        """The version and texts there are now."""
        console = console_of(self)
        self._row = await console.call(console.services.webhooks.show, console.operator, self._row.id)
        row = self._row
        return row.version, {
            "name": row.name,
            "url": row.url,
            "events": " ".join(row.events),
            "team": _team(row),
        }
