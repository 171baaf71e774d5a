"""Fixtures of the contract tests: the databases of ``tests/geo_api``."""

from tests.geo_api.conftest import new_database, server_url, shared_store, store, template  # noqa: F401
