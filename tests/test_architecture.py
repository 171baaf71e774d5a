"""Each package imports alone, in a fresh process, without what it must not know."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = {
    "gridding.build": ("pandas", "geopandas", "sqlalchemy", "fastapi", "layers", "geo_api", "folium", "pyproj"),
    "gridding.findings": ("numpy", "shapely", "numba", "scipy"),
    "layers": ("sqlalchemy", "fastapi", "geo_api", "psycopg"),
    "geo_api.supervision.plans": ("numpy", "pandas", "shapely", "sqlalchemy", "fastapi"),
    "geo_api.services.lookup": ("sqlalchemy", "fastapi", "psycopg", "geoalchemy2"),
    "geo_api.main": (),
    "geo_api.cli.main": ("geopandas", "numba", "fastapi", "sqlalchemy"),
}


@pytest.mark.parametrize("module", FORBIDDEN)
def test_package_imports_alone(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {FORBIDDEN[module]!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "", f"{module} loads {done.stdout.strip()}"
