"""Which events are meant: the options that `audit list`, `export` and `tail` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pftui.commands.completing import complete_accounts, complete_subjects
from pftui.domain.audit import Action, AuditQuery, Target
from pftui.domain.audit_filter import parse_audit_filter
from pftui.domain.clock import utc_now
from pftui.domain.errors import WrongUsage
from pftui.domain.moments import MOMENTS, parse_moment

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

NAMES = f"ACTION is one of {', '.join(Action)}. TARGET is one of {', '.join(Target)}."

_ACTIONS = click.Choice([action.value for action in Action])
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were given."""

    query: AuditQuery
    text: str | None
    actor: str | None
    about: str | None

    def resolve(self, services: Services, operator: Operator) -> AuditQuery:
        """The query, with the ids of what is named. Raises `NotFound`, `Ambiguous`, `InvalidInput`."""
        query = self.query
        if self.text:
            typed = parse_audit_filter(self.text, utc_now(), UTC)
            query = _narrowed(services.audit.resolve(operator, typed), query)
        if self.actor is not None:
            query = replace(query, actor_id=services.audit.find_actor(operator, self.actor))
        if self.about is not None:
            query = replace(query, about_id=services.audit.find_subject(operator, self.about))
        return query


def _narrowed(typed: AuditQuery, given: AuditQuery) -> AuditQuery:
    """What the filter asks for, and what options of their own do; those win."""
    return replace(
        typed,
        limit=given.limit,
        offset=given.offset,
        created_from=given.created_from or typed.created_from,
        created_until=given.created_until or typed.created_until,
        action=given.action or typed.action,
        target=given.target or typed.target,
        without=(*typed.without, *given.without),
    )


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A date, or a date and time, as in ISO 8601, in UTC where it names no zone; or `2h`, so long ago."""
    if value is None:
        return None
    try:
        return parse_moment(value, utc_now(), UTC)
    except ValueError:
        raise click.BadParameter(MOMENTS, context, parameter) from None


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option(
        "--filter",
        "text",
        metavar="TEXT",
        help="What the console's filter finds, such as 'by:alice is:failure key'.",
    ),
    click.option("--action", type=_ACTIONS, metavar="ACTION", help="Only these, such as login: see below."),
    click.option(
        "--without", type=_ACTIONS, metavar="ACTION", multiple=True, help="Leave these out; may be repeated."
    ),
    click.option(
        "--target",
        type=click.Choice([target.value for target in Target], case_sensitive=False),
        metavar="TARGET",
        help="Only what happened to one, such as team: see below.",
    ),
    click.option(
        "--actor",
        metavar="ACCOUNT",
        shell_complete=complete_accounts,
        help="Only what this account did, be it deleted by now.",
    ),
    click.option("--actor-id", metavar="ID", help="The same, by its id."),
    click.option(
        "--about",
        metavar="ACCOUNT|TEAM|ROLE|KEY|WEBHOOK",
        shell_complete=complete_subjects,
        help="Only what happened to it, be it deleted by now.",
    ),
    click.option(
        "--since",
        callback=_moment,
        metavar="TIME",
        help="Not before; a date, a date and time, or 2h for so long ago.",
    ),
    click.option("--until", callback=_moment, metavar="TIME", help="Not after."),
)


def filtered(command: _Command) -> _Command:
    """Give a command the options; it is called with `asked` in their place."""

    @wraps(command)
    def asking(
        *arguments: Any,
        text: str | None,
        action: str | None,
        without: tuple[str, ...],
        target: str | None,
        actor: str | None,
        actor_id: str | None,
        about: str | None,
        since: datetime | None,
        until: datetime | None,
        **options: Any,
    ) -> Any:
        if actor is not None and actor_id is not None:
            raise WrongUsage("Both --actor and --actor-id name an account: use one of them.")
        if text and (problem := parse_audit_filter(text, utc_now(), UTC).problem):
            raise WrongUsage(problem)
        query = AuditQuery(
            created_from=since,
            created_until=until,
            action=Action(action) if action else None,
            target=Target(target) if target else None,
            without=tuple(map(Action, without)),
        )
        asked = Asked(query, text, actor if actor is not None else actor_id, about)
        return command(*arguments, asked=asked, **options)

    wrapped: Any = asking
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    result: _Command = wrapped
    return result
