"""`pftui db …`: the store itself. No operator: who can read and write the store's file needs none."""

from __future__ import annotations

import click

from pftui.commands.settings import Noun, Settings

db = Noun("db", "The store: its state, upgrades, backups.")


@db.command("status", operator=False)
@click.pass_obj
def status(settings: Settings) -> None:
    """Say where the store is and whether its schema fits this pftui."""


@db.command("upgrade", operator=False)
@click.pass_obj
def upgrade(settings: Settings) -> None:
    """Bring an older store to this pftui's schema."""


@db.command("backup", operator=False)
@click.argument("file", type=click.Path())
@click.pass_obj
def backup(settings: Settings, file: str) -> None:
    """Copy the store into a new file that only its owner can read."""
