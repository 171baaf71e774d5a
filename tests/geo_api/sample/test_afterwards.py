"""What comes in after the load: changes, claims, first visits, cases, leave and files of the unlicensed of the sample."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_api.cli.whole_inputs import KINDS, inputs_beside
from geo_api.sample.county import DIVISION, County
from geo_api.sample.workdays import HOLIDAYS
from layers.credit_code import credit_code_faults
from layers.register_changes import read_changes


@pytest.fixture(scope="module")
def changes(county: County) -> pd.DataFrame:
    return pd.concat([t.assign(file=np.datetime64(d)) for d, t in county.afterwards.changes.files.items()])


def test_changes_are_read_as_they_are_written(written: Path, changes: pd.DataFrame) -> None:
    files = [one for one in inputs_beside(written / "manifest.toml") if one.kind == "changes"]
    assert [one.day for one in files] == sorted(changes["file"].dt.date.unique())
    read = read_changes(files[0].path, "wgs84")
    assert set(read.reason) == {""}
    assert set(read.frame["change"]) == {"opened", "changed", "moved", "closed"}
    assert not read.findings


def test_changes_are_of_the_weeks_before_their_file(county: County, changes: pd.DataFrame) -> None:
    age = (changes["file"] - changes["日期"]).dt.days
    assert age.between(0, 14).all()
    known = set(county.entities["credit_code"])
    opened = changes[changes["变更类型"] == "设立"]
    assert not set(opened["统一社会信用代码"]) & known
    assert opened["统一社会信用代码"].is_unique
    assert set(credit_code_faults(opened["统一社会信用代码"])) == {""}
    assert set(changes.loc[changes["变更类型"] != "设立", "统一社会信用代码"]) <= known


def test_what_closes_or_is_removed_is_visited_no_more(county: County) -> None:
    steps = county.afterwards.unlicensed
    removed = steps[steps["step"] == "removed"].set_index("source_id")["on"]
    gone = pd.concat([county.afterwards.changes.closed.set_index("source_id")["on"], removed])
    visits = county.inspections[county.inspections["entity"].isin(gone.index)]
    assert len(visits) > 30
    assert (visits["date"].to_numpy() < gone.reindex(visits["entity"]).to_numpy()).all()


def test_most_of_what_opened_is_claimed_in_time_by_the_stations_direct_head(county: County) -> None:
    new, claims = county.afterwards.changes.opened, county.afterwards.claims
    fell = new.set_index("credit_code").loc[claims["entity"]]
    days = np.busday_count(
        fell["fell_on"].to_numpy().astype("datetime64[D]"),
        claims["on"].to_numpy().astype("datetime64[D]"),
        holidays=HOLIDAYS,
    )
    assert 0.9 < len(claims) / len(new) < 1
    assert 0.85 < (days <= 5).mean() < 1
    posts = county.assignments[county.assignments["role"] == "direct"]
    for row, station in zip(claims.itertuples(), fell["station"], strict=True):
        held = posts[
            (posts["jurisdiction_code"] == f"{DIVISION}{station + 1:03d}") & (posts["officer_id"] == row.officer)
        ]
        assert any(
            a <= row.on.date() and (b is None or row.on.date() < b)
            for a, b in zip(held["valid_from"], held["valid_to"], strict=True)
        )


def test_first_visits_follow_the_opening(county: County) -> None:
    new, visits = county.afterwards.changes.opened.set_index("credit_code"), county.afterwards.visits
    opened = new.loc[visits["entity"], "opened"].to_numpy()
    assert (visits["date"].to_numpy() >= opened).all()
    assert visits["date"].max() < pd.Timestamp(county.on)
    assert visits["visit_id"].is_unique
    home = county.officers.set_index("officer_id")["station_code"].reindex(visits["officer_id"])
    assert (home.str[-1].astype(int).to_numpy() - 1 == new.loc[visits["entity"], "station"].to_numpy()).all()


def test_files_of_the_unlicensed_go_forward_and_end_once(county: County) -> None:
    steps, entities = county.afterwards.unlicensed, county.entities.set_index("source_id")
    assert not entities.loc[steps["source_id"], "licensed"].any()
    assert (steps["on"].to_numpy() > entities.loc[steps["source_id"], "opened"].to_numpy()).all()
    assert steps["on"].max() < pd.Timestamp(county.on)
    for _, own in steps.groupby("source_id"):
        ends = own["step"].isin(["licensed", "removed"]).to_numpy()
        assert ends.sum() <= 1
        assert not ends[:-1].any(), "nothing follows a licence or a removal"
    unlicensed = (~county.entities["licensed"]).sum()
    settled = steps["step"].isin(["licensed", "removed"]).sum()
    assert 0.2 < settled / unlicensed < 0.6


def test_leave_names_a_colleague_who_is_there(county: County) -> None:
    leave, home = county.afterwards.leave, county.officers.set_index("officer_id")["station_code"]
    assert leave["监管员编号"].is_unique
    assert (leave["返岗日期"] > leave["开始日期"]).all()
    named = leave[leave["代班人员"] != ""]
    assert len(named)
    assert (home[named["代班人员"]].to_numpy() == home[named["监管员编号"]].to_numpy()).all()
    assert not set(named["代班人员"]) & set(leave["监管员编号"])


def test_cases_say_where_in_other_words_than_the_register(county: County) -> None:
    (cases,) = county.afterwards.cases.values()
    assert cases["工单号"].is_unique
    assert not set(cases["事发地址"]) & set(county.entities["address"])


def test_files_beside_a_manifest_are_taken_by_kind_and_day(tmp_path: Path) -> None:
    for name in ("cases_2026-10-01.csv", "changes_2026-10-02.csv", "changes_2026-09-30.xlsx", "leave.csv",
                 "changes_old.csv", "changes.txt", "register.csv", "visits.csv"):  # fmt: skip
        (tmp_path / name).write_text("x")
    found = inputs_beside(tmp_path / "manifest.toml")
    assert [one.path.name for one in found] == [
        "changes_2026-09-30.xlsx", "changes_2026-10-02.csv", "visits.csv", "leave.csv", "cases_2026-10-01.csv",
    ]  # fmt: skip
    assert found[0].day == date(2026, 9, 30)
    assert {one.kind for one in found} < set(KINDS)
