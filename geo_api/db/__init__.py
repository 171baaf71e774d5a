"""PostGIS: the only importer of SQLAlchemy, GeoAlchemy2 and psycopg.

``open_store(url)`` gives a :class:`Store`; loading this package imports no driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_api.db.store import Store

__all__ = ["open_store"]


def open_store(database_url: str | None = None) -> Store:
    """The store of a deployment (default: ``DATABASE_URL`` of the environment).

    Nothing is connected before the first question, so this succeeds while the database is away; the first question
    then raises StoreUnavailable. Close it with ``store.close()`` or use it as a context manager.
    """
    from geo_api.db.engine import database_url as from_environment
    from geo_api.db.store import Store

    return Store(database_url or from_environment())
