"""Programs of others read the OGC API: ogrinfo, ogr2ogr and pyogrio, page by page, today and on past days."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pyogrio
import pytest
import shapely

from tests.geo_api.wide_town import publish_cells, squares
from tests.geo_api.wide_town import served as serving

pytestmark = pytest.mark.db

SIDE = 50
CELLS = SIDE * SIDE
BEFORE, SINCE = date(2025, 1, 1), date(2026, 1, 1)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def served(new_database: Callable[[], str]) -> Iterator[str]:
    """2,500 cells since 2026, four large ones in 2025; the address of the service on 2026-03-10."""
    url = new_database()
    publish_cells(url, squares(2, step=0.05), valid_from=BEFORE, valid_to=SINCE)
    publish_cells(url, squares(SIDE), valid_from=SINCE)
    with serving(url) as address:
        yield address


def ogr(program: str, *words: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: gdal-bin)")
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ogrinfo_lists_and_counts(served: str) -> None:
    listed = ogr("ogrinfo", "-ro", f"OAPIF:{served}/ogc")
    for name in ("cells", "stations", "cell_versions", "station_versions"):
        assert re.search(rf"^\d: {name} .*Multi Polygon", listed, re.M), listed
    summary = ogr("ogrinfo", "-ro", "-so", f"OAPIF:{served}/ogc", "cells")
    assert f"Feature Count: {CELLS}" in summary
    assert "Extent: (114.000000, 30.000000) - (114.100000, 30.100000)" in summary
    assert "name: String" in summary
    assert "Feature Count: 4" in ogr("ogrinfo", "-ro", "-so", f"OAPIF:{served}/ogc/on/2025-06-01", "cells")
    assert f"Feature Count: {CELLS + 4}" in ogr("ogrinfo", "-ro", "-so", f"OAPIF:{served}/ogc", "cell_versions")


def test_ogr2ogr_copies_every_page(served: str, tmp_path: Path) -> None:
    copy = tmp_path / "cells.gpkg"
    ogr("ogr2ogr", "-oo", "PAGE_SIZE=1000", str(copy), f"OAPIF:{served}/ogc", "cells")
    frame = pyogrio.read_dataframe(copy)
    assert len(frame) == frame["code"].nunique() == CELLS


def test_pyogrio_reads_what_the_api_says(served: str) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{served}/ogc", layer="cells").sort_values("code")
    assert frame.crs.to_epsg() == 4326
    whole = httpx.get(f"{served}/v1/cells", timeout=60).json()["features"]
    assert frame["code"].tolist() == [f["properties"]["code"] for f in whole]
    assert frame["name"].tolist() == [f["properties"]["name"] for f in whole]
    ours = shapely.from_geojson([str(f["geometry"]).replace("'", '"') for f in whole])
    assert shapely.equals(shapely.normalize(frame.geometry.values), shapely.normalize(_many(ours))).all()
    assert set(frame["valid_from"].dt.date) == {SINCE}


def test_pyogrio_reads_a_past_day_a_box_and_an_attribute(served: str) -> None:
    then = pyogrio.read_dataframe(f"OAPIF:{served}/ogc/on/2025-12-31", layer="cells")
    assert (len(then), set(then["plan_version"])) == (4, {1})
    assert len(pyogrio.read_dataframe(f"OAPIF:{served}/ogc/collections/cells?on=2025-12-31")) == 4
    box = (114.0101, 30.0101, 114.0139, 30.0119)
    near = pyogrio.read_dataframe(f"OAPIF:{served}/ogc", layer="cells", bbox=box)
    assert len(near) == 2
    one = pyogrio.read_dataframe(f"OAPIF:{served}/ogc", layer="cells", where="name = '宽所第77网格'")
    assert one["code"].tolist() == ["99010100100077"]


def test_a_condition_on_a_date_is_refused_not_answered_wrongly(served: str) -> None:
    with pytest.raises(pyogrio.errors.FeatureError, match="GDAL turned a condition on a date"):
        pyogrio.read_dataframe(f"OAPIF:{served}/ogc", layer="cells", where="valid_from >= '2026-01-01'")


def test_pages_of_a_thousand_hold_every_cell_once(served: str) -> None:
    found: list[str] = []
    sizes, address = [], f"{served}/ogc/collections/cells/items"
    with httpx.Client(timeout=60) as client:
        while address:
            page = client.get(address).json()
            sizes.append(page["numberReturned"])
            found += [f["id"] for f in page["features"]]
            address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert sizes == [1000, 1000, 500]
    assert found == sorted(set(found))
    assert len(found) == CELLS


def test_what_the_page_for_integrators_says_works(served: str, tmp_path: Path) -> None:
    """Every command and every program of docs/integrators/ogc.md, on this service."""
    text = (ROOT / "docs/integrators/ogc.md").read_text(encoding="utf-8").replace("http://127.0.0.1:8000", served)
    commands = re.findall(r"^    ((?:ogrinfo|ogr2ogr|curl) .*)$", text, re.M)
    assert len(commands) >= 5
    for command in commands:
        if shutil.which(command.split()[0]) is None:
            continue
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        assert "ERROR" not in done.stderr, (command, done.stderr)
    (program,) = re.findall(r"```python\n(.*?)```", text, re.S)
    names: dict[str, object] = {}
    exec(compile(program, "ogc.md", "exec"), names)
    assert len(names["cells"]) == CELLS  # type: ignore[arg-type]
    assert ZoneInfo("Asia/Shanghai").key in text


def _many(shapes: np.ndarray) -> np.ndarray:
    return np.array([shapely.MultiPolygon([s]) if s.geom_type == "Polygon" else s for s in shapes], dtype=object)
