"""Making and migrating the schema. Alembic costs 90 ms to import, so only `init` and `db` come here."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from pftui.domain.progress import Progress, silent
from pftui.repositories.database.revisions import SCHEMA_REVISION


def alembic_config() -> Config:
    """Alembic's settings: its scripts are in this package, there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(connection: Connection, progress: Progress = silent) -> None:
    """Bring the schema to this pftui's revision, in the connection's transaction."""
    config = alembic_config()
    config.attributes["progress"] = progress
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA_REVISION)


def revisions() -> list[str]:
    """The revisions of the migrations there are, oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]
