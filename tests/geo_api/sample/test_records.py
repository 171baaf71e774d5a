"""Licence periods, notices, revisits and colleagues of the sample county."""

from __future__ import annotations

import numpy as np

from geo_api.sample.county import County
from geo_api.sample.records import LICENCE_YEARS
from geo_api.sample.trades import TRADES


def test_licences_of_some_trades_end(county: County) -> None:
    e = county.entities
    needed = np.isin([t.code for t in TRADES], list(LICENCE_YEARS))[e["trade"]] & e["licensed"].to_numpy()
    assert (e["licence_until"].notna().to_numpy() == needed).all()
    until = e.loc[needed, "licence_until"]
    assert (until > e.loc[needed, "opened"]).all()
    ran_out = (until < np.datetime64(county.on)).mean()
    assert 0.005 < ran_out < 0.06
    soon = (until < np.datetime64(county.on) + np.timedelta64(60, "D")).mean()
    assert soon > ran_out


def test_what_was_found_ends_in_a_notice(county: County) -> None:
    v = county.inspections
    found = v["result"].isin(["minor", "fail"])
    assert ((v["notice_no"] != "") == found).all()
    assert v.loc[found, "notice_no"].is_unique
    days = (v["rectify_by"] - v["date"]).dt.days
    assert set(days[v["result"] == "minor"]) == {15}
    assert set(days[v["result"] == "fail"]) == {30}
    assert days[~found].isna().all()


def test_revisits_follow_notices(county: County) -> None:
    v = county.inspections.set_index("visit_id")
    again = v[v["revisit_of"] != ""]
    first = v.loc[again["revisit_of"]]
    assert 500 < len(again) < (v["notice_no"] != "").sum()
    assert (first["notice_no"] != "").all()
    assert (first["entity"].to_numpy() == again["entity"].to_numpy()).all()
    assert (first["date"].to_numpy() < again["date"].to_numpy()).all()
    assert again["revisit_of"].is_unique
    late = (again["date"].to_numpy() > first["rectify_by"].to_numpy()).mean()
    assert 0.04 < late < 0.2, "some came late"
    due = v[(v["notice_no"] != "") & (v["rectify_by"] < np.datetime64("2026-08-01"))]
    assert 0.85 < due.index.isin(again["revisit_of"]).mean() < 0.97, "most notices are followed up"


def test_two_sign_a_notice(county: County) -> None:
    v = county.inspections
    noticed = v[v["notice_no"] != ""]
    home = county.officers.set_index("officer_id")["station_code"]
    assert (noticed["officers"] != noticed["officer_id"]).all()
    assert (home[noticed["officers"]].to_numpy() == home[noticed["officer_id"]].to_numpy()).all()
    assert (v.loc[v["notice_no"] == "", "officers"] == "").all()
