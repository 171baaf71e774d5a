"""``gridward gazetteer`` and ``gridward evaluate addresses``, as a user calls them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from geo_api.cli import main
from geo_api.db.store import Store
from tests.geo_api.life import published
from tests.geo_api.town import EAST, TODAY, WEST

pytestmark = pytest.mark.db
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(loaded: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the loaded town; gives exit status, output, errors."""
    monkeypatch.setenv("DATABASE_URL", loaded.database.url)

    def call(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main.exit_status([str(a) for a in args])
        out, err = capfd.readouterr()
        return status, out, err

    return call


def test_the_gazetteer_is_built_and_files_are_imported(run: Run, tmp_path: Path) -> None:
    assert run("gazetteer", "build")[:2] == (0, "400 addresses read\n")
    assert run("gazetteer", "build")[:2] == (0, "nothing to do: every address is read already\n")
    points, rejected = tmp_path / "points.csv", tmp_path / "rejected.csv"
    points.write_text(
        "id,street,number,lon,lat\n1,和平路,1,114.301,30.501\n2,和平路,,114.302,30.501\n", encoding="utf-8"
    )
    status, out, _ = run("gazetteer", "import", "points", points, "--datum", "cgcs2000", "--rejected", rejected)
    assert (status, out.splitlines()[0]) == (0, "points: 1 given, 1 new, 0 same, 0 ended; 1 addresses read")
    assert pd.read_csv(rejected)["row"].tolist() == [3]
    status, _, err = run("gazetteer", "import", "points", points)
    assert (status, "say the datum" in err) == (1, True)


def test_a_migration_reads_the_addresses_anew(run: Run) -> None:
    assert run("migrate")[1].splitlines()[1:] == ["400 addresses read anew by this version"]
    assert run("gazetteer", "build")[:2] == (0, "nothing to do: every address is read already\n")
    assert len(run("migrate")[1].splitlines()) == 1


def test_an_evaluation_counts_what_the_published_cells_answer(run: Run, loaded: Store, tmp_path: Path) -> None:
    status, _, err = run("evaluate", "addresses", "--truth", tmp_path / "none.csv")
    assert (status, "cannot be read" in err) == (1, True)
    with loaded.database.connection() as connection:
        rows = connection.execute(
            "select address, st_x(geom), st_y(geom) from entity where geom is not null and recorded_to is null limit 30"
        ).fetchall()
    truth = pd.DataFrame(rows, columns=["text", "lon", "lat"]).assign(kind="clean", expected="match")
    truth.insert(0, "id", [str(i) for i in range(len(truth))])
    truth.loc[len(truth)] = ["x", "翎澍街3号", None, None, "nonexistent", "none"]
    path, told = tmp_path / "truth.csv", tmp_path / "told.csv"
    truth.to_csv(path, index=False)
    status, _, err = run("evaluate", "addresses", "--truth", path, "--datum", "cgcs2000")
    assert (status, "no cell is published" in err) == (1, True)

    for station in (WEST, EAST):
        published(loaded, station, TODAY)
    status, _, err = run("evaluate", "addresses", "--truth", path, "--region", "fr")
    assert (status, "expected cn or us" in err) == (1, True)
    status, out, _ = run(
        "evaluate",
        "addresses",
        "--truth",
        path,
        "--region",
        "cn",
        "--datum",
        "cgcs2000",
        "--on",
        TODAY,
        "--confidence",
        0.5,
        "-o",
        told,
    )
    assert status == 0
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line}
    assert lines["clean"][1] == "30"
    assert lines["clean"][3] == "0.00%", "no wrong cell"
    assert lines["nonexistent"][1:5] == ["1", "0.00%", "0.00%", "100.00%"]
    assert len(pd.read_csv(told)) == 31
