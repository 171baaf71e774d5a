"""Downloads of all that is published: bytes that stay, 304, telephones, files that come and go."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from geo_api.errors import BadRequest, TooBusy
from geo_api.formats.bulk import BULK_FORMATS
from geo_api.services.bulk import BulkFormat, Downloads, Everything
from geo_api.services.snapshot import build_snapshot
from tests.geo_api.fakes import PlainFinder, county
from tests.geo_api.service import Service


@pytest.mark.parametrize("form", sorted(BULK_FORMATS))
def test_the_same_bytes_until_something_changes(service: Service, form: str) -> None:
    path = f"/v1/download/{form}"
    first = service.get(path)
    assert first.headers["x-gridward-revision"] == "1"
    assert first.headers["content-length"] == str(len(first.content))
    assert first.headers["content-disposition"] == f'attachment; filename="gridward-2026-03-10-r1.{form}"'
    again = service.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert service.request("HEAD", path).headers["etag"] == first.headers["etag"]
    service.store.published.number = 2
    service.keeper.refresh()
    new = service.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (new.status_code, new.headers["x-gridward-revision"]) == (200, "2")


def test_telephones_as_everywhere(service: Service) -> None:
    assert "0712-555" in service.get("/v1/download/geojson").text
    assert "0712-555" not in service.get("/v1/download/geojson?on=2025-06-01").text
    assert "0712-555" not in service.get("/v1/download/geojson?recorded_at=2026-03-01T00:00:00Z").text
    keyed = service.get("/v1/download/geojson?on=2025-06-01", headers={"X-API-Key": "planner-key"})
    assert "0712-555" in keyed.text


def test_geojson_has_every_level(service: Service) -> None:
    body = service.get("/v1/download/geojson").json()
    rows = {f["id"]: f["properties"] for f in body["features"]}
    assert [rows[c]["level"] for c in ("C", "C01", "C01001")] == ["bureau", "station", "cell"]
    assert rows["C01001"]["parent_code"] == "C01"
    assert rows["C01002"]["fallback"] == "station"
    assert body["revision"] == "1"
    assert body["crs"]["properties"]["name"].endswith("EPSG::4490")


def test_an_empty_territory_is_a_file_too(service: Service) -> None:
    for form in BULK_FORMATS:
        assert service.get(f"/v1/download/{form}?on=2020-01-01").status_code == 200, form
    assert service.get("/v1/download/shp").status_code == 422


def test_files_are_written_once_and_the_oldest_go() -> None:
    written: list[str] = []

    def write(answer: Everything, path: Path) -> None:
        written.append(answer.revision)
        path.write_text(json.dumps({"revision": answer.revision}))

    downloads = Downloads({"x": BulkFormat(write, ".x", "text/plain")}, kept=2)
    held = []
    for revision in ("1", "1", "2", "3"):
        snapshot = build_snapshot(county(revision=revision), PlainFinder)
        held.append(downloads.open(snapshot, "x", with_telephones=True))
    assert written == ["1", "2", "3"]
    assert [file.path.exists() for file, _ in held] == [False, False, True, True]
    for (_, handle), revision in zip(held, ("1", "1", "2", "3"), strict=True):
        with handle:
            assert json.load(handle) == {"revision": revision}, "whoever reads a file reads it to its end"
    assert len(list(held[-1][0].path.parent.iterdir())) == 2
    with pytest.raises(BadRequest, match="it is one of x"):
        downloads.open(snapshot, "y", with_telephones=True)


def test_a_full_disk_is_said_and_leaves_nothing() -> None:
    def write(_: Everything, path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    downloads = Downloads({"x": BulkFormat(write, ".x", "text/plain")})
    snapshot = build_snapshot(county(), PlainFinder)
    with pytest.raises(TooBusy, match="no room"):
        downloads.open(snapshot, "x", with_telephones=True)
    assert downloads._folder is not None
    assert not list(Path(downloads._folder.name).iterdir())


def test_folders_of_killed_services_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone, alive = tmp_path / "gridward-downloads-999999999-x", tmp_path / f"gridward-downloads-{os.getpid()}-y"
    gone.mkdir()
    alive.mkdir()
    downloads = Downloads(BULK_FORMATS)
    downloads.open(build_snapshot(county(), PlainFinder), "geojson", with_telephones=True)[1].close()
    assert (gone.exists(), alive.exists()) == (False, True)
