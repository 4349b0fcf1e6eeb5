"""Which schemas there are; apart from the models, so that a version can be checked without loading them."""

from __future__ import annotations

#: Migrations in their order; the last one is the schema that this pftui reads and writes.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
SCHEMA_REVISION = REVISIONS[-1]
