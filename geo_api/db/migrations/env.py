"""Alembic's environment: runs on the connection that ``geo_api.db.migrate`` prepared."""

from __future__ import annotations

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

from geo_api.db.engine import SCHEMA
from geo_api.db.tables import metadata


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Only Gridward's own schema is compared."""
    return name == SCHEMA if kind == "schema" else True


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    include_name=include_name,
    version_table_schema=SCHEMA,
    compare_server_default=True,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
with context.begin_transaction():
    context.run_migrations()
