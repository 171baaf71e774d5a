"""What the services need of the past, as one Protocol: ``geo_api.db.history`` fulfils it; tests use fakes."""

from __future__ import annotations

from typing import Protocol

from geo_api.services.changes import ChangeReader
from geo_api.services.entity_lookup import EntityFinder
from geo_api.services.lineage import CellHistory


class HistoryReader(CellHistory, ChangeReader, EntityFinder, Protocol):
    """Versions of cells, changes, entities and their dated codes."""
