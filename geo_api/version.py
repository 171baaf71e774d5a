"""The version of the installed distribution."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("gridward")
except PackageNotFoundError:  # run from a checkout that was never installed
    VERSION = "0"
