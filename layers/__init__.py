"""Map layers and data sources: files in, checked frames in the storage datum (EPSG:4490) out; diagrams.

Names are loaded on first use, so that ``layers.errors`` costs nothing to those who need only that.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "AssetError": "errors",
    "Dataset": "dataset",
    "DatumError": "errors",
    "KINDS": "lines",
    "LayersError": "errors",
    "Manifest": "manifest",
    "SchemaError": "errors",
    "SourceError": "errors",
    "credit_classes": "sources",
    "read_dataset": "dataset",
    "read_entities": "sources",
    "read_lines": "sources",
    "read_manifest": "manifest",
    "read_outline": "sources",
    "read_vector": "sources",
    "split_spec": "raw",
    "to_storage": "datum",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'layers' has no attribute {name!r}")
    return getattr(import_module(f"layers.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
