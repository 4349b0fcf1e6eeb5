"""What the shell completes beside nouns, verbs and options: names that the session of `pftui login` may see.

Without a session nothing is completed, and nothing is said: whoever presses Tab has asked for no sentence.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pftui.commands.settings import Settings
from pftui.domain.errors import PftuiError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completer(*kinds: str) -> Completer:
    """Completes what `services.completion.Wanted` calls by these names."""

    def complete(context: click.Context, _parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        settings = context.find_object(Settings) or Settings()
        try:
            found = _found(settings, kinds, beginning)
        except PftuiError:
            return []
        return [CompletionItem(value, help=word or None) for value, word in found]

    return complete


def _found(settings: Settings, kinds: tuple[str, ...], beginning: str) -> list[tuple[str, str]]:
    from pftui.commands.kept_session import kept_session
    from pftui.domain.clock import utc_now
    from pftui.domain.store_urls import sqlite_path
    from pftui.services.completion import Wanted, completions
    from pftui.services.location import store_url

    url = store_url(settings.store)  # not `settings.url`: nobody becomes somebody else for a completion
    path = sqlite_path(url)
    if path is not None and not _is_own(path):
        return []
    kept = kept_session(url)
    if kept is None:
        return []
    now = utc_now()
    return [
        found
        for kind in kinds
        for found in completions(url, kept.session_id, kept.token_hash, Wanted[kind], beginning, now)
    ]


def _is_own(path: os.PathLike[str]) -> bool:
    """Whether this is whom a command would act as: root opens nobody else's file as root."""
    try:
        return os.stat(path).st_uid == os.geteuid()
    except (OSError, ValueError):
        return False


complete_users = _completer("USER")
complete_service_accounts = _completer("SERVICE_ACCOUNT")
complete_accounts = _completer("ACCOUNT")
complete_teams = _completer("TEAM")
complete_roles = _completer("ROLE")
complete_webhooks = _completer("WEBHOOK")
complete_subjects = _completer("ACCOUNT", "TEAM", "ROLE", "WEBHOOK")
