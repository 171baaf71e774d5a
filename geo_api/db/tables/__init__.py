"""The tables as SQLAlchemy metadata: the one description that migrations are checked against."""

from geo_api.db.tables import gazetteer, log, people, plans, register, territory
from geo_api.db.tables.base import metadata

__all__ = ["gazetteer", "log", "metadata", "people", "plans", "register", "territory"]
