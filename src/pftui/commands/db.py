"""`pftui db …`: the store itself. No operator: who can read and write the store's file needs none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.host import require_ownership
from pftui.commands.progress import Progress
from pftui.commands.reading import confirm, require_consent
from pftui.commands.settings import Noun, Settings, complete_files, refuse_password
from pftui.domain.errors import WrongUsage
from pftui.presentation.restoring import restoring
from pftui.presentation.text import counted
from pftui.process.owner import unix_user
from pftui.process.source import here

if TYPE_CHECKING:
    from pftui.services.store_admin import StoreStatus

db = Noun("db")
UNUSABLE = 3
LOST_KEY = "Signing secrets that only the old key opens are lost: nothing is sent until they are regenerated."
COPIED = (
    "Keys and passwords are valid in both: give every program the new URL, then move the old store away, so "
    "that what is ended in one does not live on in the other."
)


@db.command("status", operator=False)
@click.pass_context
def status(context: click.Context) -> None:
    """Say where the store is and whether it can be used: 0, or 3 where it cannot."""
    from pftui.services import store_admin

    settings = context.ensure_object(Settings)
    state = store_admin.status(settings.url)
    if settings.json:
        output.json_object(state.as_json())
    else:
        output.fields(_fields(state))
    if not state.healthy:
        notify("pftui: The store is damaged: bring back a backup with `pftui db restore`, which keeps it.")
    elif not state.current:
        notify("pftui: The store is of another version: `pftui db upgrade` brings an older one up to date.")
    if not (state.healthy and state.current):
        context.exit(UNUSABLE)


def _fields(state: StoreStatus) -> Iterator[tuple[str, str]]:
    yield "Store", state.location
    yield "Database", state.database
    yield "Schema", state.revision if state.current else f"{state.revision}, needs {state.expected_revision}"
    yield "Size", f"{state.size_bytes:,} bytes"
    if state.counts:
        # "users: 3": the names are plural already.
        yield "Holds", ", ".join(f"{what.replace('_', ' ')}: {n:,}" for what, n in state.counts.items())
    if state.audit_hash is not None:
        yield "Audit head", f"{state.audit_sequence} {state.audit_hash}"
    if state.key is not None:
        yield "Signing key", f"{state.key.fingerprint} in {state.key.path}"
        if state.key.problem:
            yield "", state.key.problem
    if state.slower is not None:
        yield "Filters", state.slower
    yield from output.field("Check", state.problems, "no problem found")


@db.command("check", operator=False)
@click.pass_context
def check(context: click.Context) -> None:
    """Look at everything that the store holds, which takes its time: 0 where it is whole, 1 where not."""
    from pftui.services import store_admin

    settings = context.ensure_object(Settings)
    found = store_admin.check(settings.url)
    if settings.json:
        output.json_object(found.as_json())
    else:
        for finding in found.findings:
            output.line(f"{finding.where}: {finding.what}")
    damage = sum(finding.damage for finding in found.findings)
    if len(found.findings) > damage:
        notify("Names that look alike may stay; rename what people could take for the other.")
    if found.whole:
        notify("The store is whole.")
        return
    more = "" if found.complete else " and more"
    number = counted(damage, "finding")
    notify(f"pftui: {number}{more}. Nothing was changed; keep a copy of the store before you mend it.")
    context.exit(1)


@db.command("upgrade", operator=False)
@click.pass_obj
def upgrade(settings: Settings) -> None:
    """Bring an older store to this pftui's schema; an SQLite file is copied first."""
    from pftui.services import store_admin

    upgraded = store_admin.upgrade(settings.url, progress=Progress("Bringing over"))
    if upgraded.cleared:
        notify(f"Cleared {counted(upgraded.cleared, 'assignment')} that deleted teams had left.")
    if upgraded.before == upgraded.after and upgraded.indexed:
        notify("The store is up to date, and its index of texts is whole now.")
    elif upgraded.before == upgraded.after:
        nothing = "" if upgraded.cleared else " Nothing was changed."
        notify(f"The store is up to date ({upgraded.after}).{nothing}")
    else:
        notify(f"Upgraded the store from {upgraded.before} to {upgraded.after}.")
    if upgraded.backup is not None:
        notify(f"A copy of how it was is in {upgraded.backup}.")
    if settings.json:
        backup = str(upgraded.backup) if upgraded.backup else None
        output.json_object(
            {
                "before": upgraded.before,
                "after": upgraded.after,
                "backup": backup,
                "indexed": upgraded.indexed,
                "cleared": upgraded.cleared,
            }
        )


@db.command("backup", operator=False)
@click.argument("file", type=click.Path())
@click.pass_obj
def backup(settings: Settings, file: str) -> None:
    """Copy the store, which may be in use, into a new file that only its owner can read."""
    from pftui.services import store_admin

    made = store_admin.backup(settings.url, file, unix_user(), here())
    notify(f"Copied the store to {file} ({counted(made.size_bytes, 'byte')}).")
    if made.untold is not None:
        notify(f"pftui: The audit trail does not tell of the copy. {made.untold}")
    if settings.json:
        output.json_object({"file": file, "sizeBytes": made.size_bytes})


@db.command("copy", operator=False)
@click.option(
    "--from",
    "origin",
    metavar="URL|FILE",
    callback=refuse_password,
    shell_complete=complete_files,
    help="The store to copy, instead of the one that --store or PFTUI_DATABASE_URL name.",
)
@click.option(
    "--to",
    "target",
    metavar="URL|FILE",
    required=True,
    callback=refuse_password,
    shell_complete=complete_files,
    help="Where the new store is to be: an empty database, or a file that is not there.",
)
@click.pass_obj
def copy(settings: Settings, origin: str | None, target: str) -> None:
    """Copy the store whole into a new one, as from SQLite to PostgreSQL; nobody changes it meanwhile."""
    if origin and settings.store:
        raise WrongUsage("--from and --store both name the store to copy: use one of them.")
    settings.store = origin or settings.store
    there = Settings()
    there.store = target
    url, target_url = settings.url, there.url
    require_ownership(url, "Copying the store")
    from pftui.services.store_copy import copy_store

    done = copy_store(url, target_url, unix_user(), here(), progress=Progress(""))
    notify(f"Copied {counted(sum(done.rows.values()), 'row')} from {done.source} to {done.target}.")
    notify(f"Both were compared, and the trail is whole up to {done.head}. Nobody is signed in to the copy.")
    if done.key is not None:
        notify(f"The key of its signing secrets is in {done.key}.")
    if done.key_problem is not None:
        notify(f"pftui: The key of its signing secrets was not copied. {done.key_problem}")
    if done.untold is not None:
        notify(f"pftui: The trail of the store that was copied does not tell of it. {done.untold}")
    notify(COPIED)
    if settings.json:
        output.json_object(done.as_json())


@db.command("rotate-key", operator=False)
@click.option("--lost", is_flag=True, help="Without the old key: webhooks then need other signing secrets.")
@click.pass_obj
def rotate_key(settings: Settings, lost: bool) -> None:
    """Change the key that seals signing secrets. Broken off, it goes on when it is run again."""
    if lost:
        require_consent(settings)
    require_ownership(settings.url, "Changing the key")
    from pftui.services.store_key import rotate_key as rotate

    if lost:
        confirm(settings, "Going on without the old key.", (LOST_KEY,))
    done = rotate(settings.url, unix_user(), here(), lost=lost)
    notify(f"The key in {done.path} is {done.after} now, for {counted(done.webhooks, 'webhook')}.")
    notify("Backups from before need the old key; copy the new one to wherever the deliverer runs.")
    if done.lost:
        notify(f"Regenerate the signing secret of {counted(done.lost, 'webhook')}: `pftui webhooks list`.")
    if settings.json:
        output.json_object(
            {
                "file": str(done.path),
                "before": done.before,
                "after": done.after,
                "webhooks": done.webhooks,
                "lostSecrets": done.lost,
            }
        )


@db.command("restore", operator=False)
@click.argument("file", type=click.Path())
@click.pass_obj
def restore(settings: Settings, file: str) -> None:
    """Put a backup in the store's place, once you have read what that brings back; the store is kept."""
    require_consent(settings)
    require_ownership(settings.url, "A restore")
    from pftui.services.store_restore import restore as looked_at

    with looked_at(settings.url, file) as found:
        for line in restoring(found.preview):
            notify(line)
        what = f"Restoring the store of {found.preview.organization} from {file}."
        confirm(settings, what, (), name=found.preview.organization)
        done = found.carry_out(unix_user(), here())
    notify("Restored the store. Nobody is signed in; people sign in again.")
    if done.kept is not None:
        notify(f"The store that was there is kept in {done.kept}.")
    if settings.json:
        kept = str(done.kept) if done.kept else None
        output.json_object({**found.preview.as_json(), "generation": done.generation, "kept": kept})
