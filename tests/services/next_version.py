"""A pftui whose schema is one migration further on than today's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pftui.repositories.database import engine, maintenance, revisions, schema
from pftui.repositories.database.revisions import REVISIONS, SCHEMA_REVISION
from pftui.services import store_admin

NEXT_REVISION = f"{int(SCHEMA_REVISION) + 1:04}"
NEXT_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    {more}
"""

#: Makes this pftui one whose schema is a migration further on; what it gets is done by that migration too.
NextVersion = Callable[..., None]


def installer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> NextVersion:
    """What installs the next version, whose migrations are put into the folder, until the test ends."""

    def install(more: str = "pass") -> None:
        scripts = folder / "migrations"
        shutil.copytree(Path(schema.__file__).parent / "migrations", scripts)
        text = NEXT_MIGRATION.format(revision=NEXT_REVISION, before=SCHEMA_REVISION, more=more)
        (scripts / "versions" / f"{NEXT_REVISION}_later.py").write_text(text)
        config = schema.alembic_config()
        config.set_main_option("script_location", str(scripts))
        monkeypatch.setattr(schema, "alembic_config", lambda: config)
        newer = {"REVISIONS": (*REVISIONS, NEXT_REVISION), "SCHEMA_REVISION": NEXT_REVISION}
        for module in (engine, maintenance, revisions, schema, store_admin):
            for name, value in newer.items():
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, value)

    return install
