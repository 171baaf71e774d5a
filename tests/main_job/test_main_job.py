"""The main job on the sample: load, plans through their life, lookups of any day, gaps, diagrams; and the README's example."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geo_api.cli.main import exit_status
from layers.assets import check_offline
from layers.raw import read_source
from tests.main_job.conftest import ROOT

pytestmark = [pytest.mark.db, pytest.mark.slow]


def truth() -> list[dict[str, str]]:
    with (ROOT / "data/sample/truth.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["lon"]]


def closed_before(day: str) -> set[str]:
    """Ids of the entities of the sample that closed before a day, as the three registers say."""
    heads = {
        "chengguan.csv": ("主体编号", "注销日期"),
        "linjiang.csv": ("编号", "歇业日期"),
        "qingshi.xlsx": ("序号", "注销日期"),
    }
    found: set[str] = set()
    for name, (key, closed) in heads.items():
        frame = read_source(ROOT / f"data/sample/register_{name}").frame
        days = frame[closed].astype(str).str.replace("/", "-")
        found |= set(frame.loc[(days >= "2000") & (days < day), key].astype(str))
    return found


def test_every_station_has_a_plan_in_force(client: TestClient) -> None:
    plans = client.get("/v1/plans").json()["plans"]
    assert {p["station_code"] for p in plans if p["state"] == "published"} == {f"99010100{i}" for i in (1, 2, 3)}
    assert all(p["max_abs_deviation"] <= p["tolerance"] for p in plans)


def test_again_changes_nothing(county: Path, client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    plans = client.get("/v1/plans").json()
    drawn = {p.name: p.read_bytes() for p in (county / "diagrams").glob("*.html")}
    manifest = str(ROOT / "data/sample/manifest.toml")
    assert exit_status(["demo", manifest, "--diagrams", str(county / "diagrams")]) == 0
    assert "already stored" in capsys.readouterr().out
    assert client.get("/v1/plans").json() == plans
    assert {p.name: p.read_bytes() for p in (county / "diagrams").glob("*.html")} == drawn


def test_entities_lie_in_cells_of_the_station_that_the_truth_names(client: TestClient) -> None:
    rows = [row for row in truth() if row["fault"] in {"", "unlocated"}]
    columns = {name: [float(row[name]) for row in rows] for name in ("lon", "lat")}
    answer = client.post("/v1/lookup/batch", json={"datum": "wgs84", **columns}).json()
    assert len(answer["cell_code"]) == len(rows) > 8000
    assert all(status == "found" for status in answer["status"])
    wrong = [
        row["source_id"]
        for row, code in zip(rows, answer["cell_code"], strict=True)
        if not code.startswith(f"99010100{row['station']}")
    ]
    assert len(wrong) < len(rows) * 0.001, wrong[:10]


def test_a_past_day_has_its_plan_but_no_telephones(client: TestClient) -> None:
    row = next(row for row in truth() if not row["fault"])
    place = {"lon": row["lon"], "lat": row["lat"], "datum": "wgs84"}
    today = client.get("/v1/lookup", params=place).json()
    past = client.get("/v1/lookup", params={**place, "on": "2026-01-05"}).json()
    assert past["cell"] == today["cell"]
    assert [o["name"] for o in past["officers"]] == [o["name"] for o in today["officers"]]
    assert all(o["telephone"] for o in today["officers"])
    assert not any(o["telephone"] for o in past["officers"])
    before = client.get("/v1/lookup", params={**place, "on": "2025-10-31"}).json()
    assert before["status"] == "unpublished"


def test_a_registered_address_answers_as_its_place_does(client: TestClient) -> None:
    with (ROOT / "data/sample/register_chengguan.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["经度"])
    by_address = client.get("/v1/lookup", params={"address": row["经营地址"]}).json()
    by_point = client.get("/v1/lookup", params={"lon": row["经度"], "lat": row["纬度"], "datum": "wgs84"}).json()
    assert by_address["status"] == by_point["status"] == "found"
    assert by_address["cell"] == by_point["cell"]


def test_gaps_are_those_that_the_sample_was_made_with(county: Path) -> None:
    found = county / "gaps.geojson"
    assert exit_status(["gaps", "--jurisdiction", "990101", "--on", "2026-11-01", "-o", str(found)]) == 0
    features = json.loads(found.read_text())["features"]
    rules = [f["properties"]["rule"] for f in features]
    closed = closed_before("2026-11-01")
    assert rules.count("entity.outside") == sum(
        r["fault"] == "outside" and r["source_id"] not in closed for r in truth()
    )
    assert "entity.unlocated" in rules
    assert "coverage.overdue" in rules
    assert not {"territory.no_cell", "territory.two_cells", "staffing.no_lead"} & set(rules)


def test_coverage_needs_a_key_and_gives_the_same(
    county: Path, client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = {"jurisdiction": "990101", "on": "2026-11-01"}
    assert client.get("/v1/coverage", params=ask).status_code == 401
    assert exit_status(["keys", "create", "--role", "system", "--jurisdiction", "990101"]) == 0
    key = capsys.readouterr().out.strip()
    answer = client.get("/v1/coverage", params=ask, headers={"X-API-Key": key}).json()
    assert set(answer["due"]) == set("ABCD")
    assert all(0 < answer["made"][c] <= answer["due"][c] for c in "ABCD")
    assert 0.02 < answer["totals"]["coverage.overdue"] / 9000 < 0.25  # who was visited since is no longer overdue


def test_diagrams_are_files_that_load_nothing(county: Path, client: TestClient) -> None:
    pages = sorted((county / "diagrams").glob("*.html"))
    assert [p.stem for p in pages] == ["990101", "990101001", "990101002", "990101003"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        check_offline(text, None)
        assert "12315" in text
    served = client.get("/diagram/990101", params={"lang": "en"})
    assert served.status_code == 200
    assert "Yunxi" in served.text


def test_no_answer_names_an_owner(client: TestClient) -> None:
    for path in ("/v1/cells", "/v1/stations", "/diagram/990101"):
        assert "operator" not in client.get(path).text


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_what_is_answered(page: str, client: TestClient) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    query = re.search(r"curl 'http://127\.0\.0\.1:8000(/v1/lookup\?[^']+)'", text)
    assert query
    answer = client.get(query[1]).json()
    shown = text.split(query[0])[1].split("\n\n")[0]
    assert answer["status"] == "found"
    assert answer["cell"]["station_name"] in shown
    known = set(answer) | set(answer["cell"]) | set(answer["officers"][0]) | set(answer["plan"]) | set(answer["border"])
    assert set(re.findall(r'"(\w+)":', shown)) <= known


def test_a_redraw_shows_the_officers_that_cells_keep(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(["plan", "build", "990101003", "--by", "planner", "--role", "planner"]) in {0, 2}
    draft = re.search(r"plan (\d+)", capsys.readouterr().out)
    assert draft
    assert exit_status(["plan", "show", draft[1]]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("990101003")]
    assert len(rows) == 4
    assert all("(lead" in row and "(deputy" in row for row in rows), rows


def test_a_redraw_that_keeps_the_plan_in_force(
    county: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_api.cli.progress.SHOWN", 99)  # what moves stands at the end of a long list
    who = ["--by", "planner", "--role", "planner"]
    assert exit_status(["plan", "build", "990101003", "--keep", "--lock", "990101003002", *who]) in {0, 2}
    out = capsys.readouterr()
    draft = re.search(r"plan (\d+)", out.out)
    assert draft
    assert "redraw.moved" in out.err + out.out
    assert exit_status(["plan", "show", draft[1]]) == 0
    assert "990101003002" in capsys.readouterr().out
    assert exit_status(["plan", "build", "990101003", "--lock", "990101003002", *who]) == 1
    assert "--lock needs --keep" in capsys.readouterr().err
    assert exit_status(["plan", "build", "990101003", "--keep", "--lock", "990101003099", *who]) == 1
    assert "the plan in force has no such cell" in capsys.readouterr().err
