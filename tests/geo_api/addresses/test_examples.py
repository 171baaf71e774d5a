"""The examples in the docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import geo_api.addresses

MODULES = [info.name for info in pkgutil.iter_modules(geo_api.addresses.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"geo_api.addresses.{name}"))
    assert not found.failed
