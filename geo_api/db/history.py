"""What the past is read from: versions of cells, changes, entities and their dated codes."""

from __future__ import annotations

from geo_api.db.cell_history import CellHistoryViews
from geo_api.db.change_views import ChangeViews
from geo_api.db.engine import Database
from geo_api.db.entity_views import EntityViews


class HistoryViews(CellHistoryViews, ChangeViews, EntityViews):
    """Implements :class:`geo_api.services.history.HistoryReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database
