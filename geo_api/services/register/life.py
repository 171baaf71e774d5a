"""What the register's life needs of the store, as one Protocol: ``geo_api.db.register_files`` fulfils it."""

from __future__ import annotations

from typing import Protocol

from geo_api.services.register.duplicates import DuplicateStore
from geo_api.services.register.history import PastStore
from geo_api.services.register.unlicensed import UnlicensedStore


class RegisterLife(UnlicensedStore, DuplicateStore, PastStore, Protocol):
    """Daily changes, histories, duplicates, the unlicensed."""
