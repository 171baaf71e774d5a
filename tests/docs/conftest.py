"""Databases for the pages whose commands are run."""

from __future__ import annotations

from tests.geo_api.conftest import new_database, server_url, template

__all__ = ["new_database", "server_url", "template"]
