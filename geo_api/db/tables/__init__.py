"""The tables as SQLAlchemy metadata: the one description that migrations are checked against."""

from geo_api.db.tables import (
    gazetteer,
    life,
    log,
    people,
    plans,
    posters,
    register,
    reports,
    sampling,
    staffing,
    tasks,
    territory,
    visits,
)
from geo_api.db.tables.base import metadata

__all__ = [
    "gazetteer",
    "life",
    "log",
    "metadata",
    "people",
    "plans",
    "posters",
    "register",
    "reports",
    "sampling",
    "staffing",
    "tasks",
    "territory",
    "visits",
]
