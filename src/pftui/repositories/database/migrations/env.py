"""Where alembic runs the migrations: on the connection that `schema.migrate` hands over."""

from __future__ import annotations

from alembic import context

from pftui.repositories.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
context.run_migrations()
