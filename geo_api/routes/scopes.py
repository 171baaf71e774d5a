"""Which scope each path needs of a key that has scopes, and which paths are free: no key, no limit."""

from __future__ import annotations

BATCH = "/v1/lookup/batch"

_FIRST_WORDS = {
    "lookup": "lookup",
    "entities": "lookup",
    "relations": "lookup",
    "near": "lookup",
    "levels": "lookup",
    "stations": "published",
    "cells": "published",
    "changes": "changes",
    "download": "download",
    "coverage": "coverage",
    "profiles": "register",
    "register": "register",
    "claims": "register",
    "unlicensed": "register",
    "staffing": "officers",
    "workload": "officers",
    "officers": "officers",
    "departments": "officers",
    "groups": "officers",
    "inspections": "inspections",
    "due": "inspections",
    "classes": "inspections",
    "sampling": "inspections",
    "visit-plans": "inspections",
    "tasks": "tasks",
    "gaps": "coverage",
    "posters": "coverage",
    "intervals": "coverage",
    "ledger": "reports",
    "assessment": "reports",
    "reports": "reports",
}
NAMED_PATHS = frozenset({BATCH, "/v1/plans", *(f"/v1/{word}" for word in _FIRST_WORDS)})
"""Paths without a variable part."""

_PUBLISHED = ("/diagram", "/ogc")


def scope_of(method: str, path: str) -> str | None:
    """The scope of a request; None where it is free: pages, descriptions, /health, /ready."""
    if path == BATCH:
        return "batch"
    if not path.startswith("/v1/"):
        return "published" if any(path == p or path.startswith(p + "/") for p in _PUBLISHED) else None
    word = path.split("/", 3)[2]
    if word == "entities" and path.endswith("/history"):
        return "register"
    if word == "entities" and path.endswith("/workload"):
        return "officers"
    if word == "plans":
        return "plans:read" if method in ("GET", "HEAD") else "plans:write"
    return _FIRST_WORDS.get(word, "lookup")
