"""The options that every command has, before the noun as well as after the verb."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from pftui.commands.help import Helped
from pftui.commands.lazy import COMMANDS
from pftui.domain.errors import StoreUnavailable, WrongUsage

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_PASSWORD = r"://[^:/]*:[^@]*@"


class Settings:
    """What the common options said. The store's URL is found only when it is needed."""

    __slots__ = ("debug", "json", "operator_email", "password_file", "store", "yes")

    def __init__(self) -> None:
        self.store: str | None = None
        self.operator_email: str | None = None
        self.password_file: str | None = None
        self.json = False
        self.yes = False
        self.debug = False

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the store. Root goes on as the owner of an SQLite file from here on.

        Raises:
            StoreUnavailable: it cannot.
        """
        from pftui.bootstrap import load_for_commands
        from pftui.domain.store_urls import sqlite_path
        from pftui.process.owner import become_owner
        from pftui.services.location import store_url

        url = store_url(self.store)
        path = sqlite_path(url)
        problem = become_owner(path, load_for_commands) if path is not None else None
        if problem:
            raise StoreUnavailable(problem)
        if path is None:
            _remember_what_is_seen()
        return url


def _remember_what_is_seen() -> None:
    """Of a store on a server, until the command has come to its end."""
    from pftui.services import seen

    context = click.get_current_context(silent=True)
    if context is not None:
        seen.remember()
        context.find_root().call_on_close(seen.stop)


def _has_password(url: str) -> bool:
    """Whether a URL holds a password: no secret is ever taken from the command's arguments."""
    from urllib.parse import parse_qs

    if "://" not in url:
        return False
    options = parse_qs(url.partition("?")[2], keep_blank_values=True)
    # As SQLAlchemy reads it: a password may hold what begins something else in other URLs.
    return bool(re.search(_PASSWORD, url)) or any(name.lower().endswith("password") for name in options)


def _check_store(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    refuse_password(context, parameter, value)
    _remember(context, parameter, value)


def refuse_password(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The value of an option that is a store's URL. Raises `WrongUsage` where it holds a password."""
    if value and _has_password(value) and not context.resilient_parsing:
        other = (
            "put the URL into PFTUI_DATABASE_URL instead"
            if parameter.name != "target"
            else "put the password into a password file (PGPASSFILE) or a service file (PGSERVICEFILE)"
        )
        raise WrongUsage(
            f"The URL given with {parameter.opts[0]} holds a password, which every process on this host can "
            f"read. It was not used: {other}."
        )
    return value


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and parameter.name:
        setattr(context.ensure_object(Settings), parameter.name, value)


def complete_files(
    _context: click.Context, _parameter: click.Parameter, beginning: str
) -> list[CompletionItem]:
    """Leave it to the shell, which knows its files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(beginning, type="file")]


def common_options() -> list[click.Parameter]:
    """The common options, new for each command; the one that stands last wins."""
    return [
        _option(
            "store",
            "--store",
            metavar="URL|FILE",
            callback=_check_store,
            shell_complete=complete_files,
            help="The store to use, instead of PFTUI_DATABASE_URL.",
        ),
        _option(
            "operator_email",
            "--as",
            metavar="EMAIL",
            help="Act as this person, instead of PFTUI_AS or who signed in.",
        ),
        _option(
            "password_file",
            "--password-file",
            type=click.Path(allow_dash=True),
            metavar="FILE|-",
            help="Read the password from a file, or from standard input.",
        ),
        _option("json", "--json", is_flag=True, help="Print JSON, for programs."),
        _option("yes", "--yes", "-y", is_flag=True, help="Do not ask before something is ended."),
        _option(
            "debug", "--debug", is_flag=True, help="Write a log of an unexpected error, with keys masked."
        ),
    ]


def _option(name: str, *flags: str, **attributes: Any) -> click.Option:
    attributes.setdefault("callback", _remember)
    return click.Option([*flags, name], expose_value=False, **attributes)


class Verb(Helped):
    """A command that does something: with the common options, of which `operator` says whether they apply.

    Args:
        operator: whether it acts for an operator; where not, `--as` is wrong usage.
        password_file: whether `--password-file` means something else here.
    """

    def __init__(
        self, *arguments: Any, operator: bool = True, password_file: bool = False, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.params.extend(common_options())
        self.takes_operator = operator
        self.takes_password_file = operator or password_file

    def invoke(self, ctx: click.Context) -> Any:
        """Refuse what has no meaning here, then act."""
        settings = ctx.ensure_object(Settings)
        if settings.operator_email and not self.takes_operator:
            raise WrongUsage(f"{self.name} acts for no operator: leave out --as.")
        if settings.password_file and not self.takes_password_file:
            raise WrongUsage(f"{self.name} needs no password: leave out --password-file.")
        return super().invoke(ctx)


def summary(command: click.Command) -> str:
    """What a command does: the first paragraph of its help, on one line."""
    return " ".join((command.help or "").partition("\n\n")[0].split())


class Noun(Helped, click.Group):
    """A noun with its verbs, in the order in which they are written; `COMMANDS` has its summary."""

    command_class = Verb

    def __init__(self, name: str) -> None:
        super().__init__(
            name, help=COMMANDS[name].summary, invoke_without_command=True, callback=_need_a_verb
        )
        self.params.extend(common_options())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in reading order rather than by the alphabet."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with the first paragraph of each, whole: click would cut it short."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(verb)) for name, verb in self.commands.items()])


@click.pass_context
def _need_a_verb(context: click.Context) -> None:
    """A noun alone is wrong usage; the sentence names the verbs, where click would print a page of help."""
    if context.invoked_subcommand is None and isinstance(context.command, Noun):
        verbs = ", ".join(context.command.list_commands(context))
        raise click.UsageError(f"'{context.command.name}' needs a verb: {verbs}.", context)
