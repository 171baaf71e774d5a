"""``gridward grid``: contradictory options and files that would overwrite each other are refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_api.cli.grid_options import check_numbers, check_outputs, check_together
from geo_api.cli.main import exit_status
from geo_api.errors import BadRequest
from geo_api.services.line_rules import parsed_costs
from layers.errors import SourceError

PLAIN = {"stations": None, "base_units": None, "base_units_rule": "prefer"}


def test_options_that_would_be_passed_over_are_named_together():
    with pytest.raises(
        BadRequest, match=r"--station-codes needs --stations.*--base-units-rule keep needs --base-units"
    ):
        check_together({"station-codes": "c"}, stations=None, base_units=None, base_units_rule="keep")
    with pytest.raises(BadRequest, match="--stations does not go with --keep, --lock"):
        check_together(
            {"keep": Path("p.gpkg"), "lock": ["001"]}, stations="name", base_units=None, base_units_rule="prefer"
        )


def test_options_that_go_together_pass():
    check_together({"keep": Path("p.gpkg"), "lock": ["001"], "station-codes": None}, **PLAIN)
    check_together({"station-codes": "c", "keep": None}, stations="name", base_units="c.gpkg", base_units_rule="keep")


def test_no_result_overwrites_a_file_that_is_read_or_another_result(tmp_path):
    register = tmp_path / "register.csv"
    register.write_text("x")
    plan, listed = tmp_path / "plan.gpkg", tmp_path / "list.xlsx"
    with pytest.raises(SourceError, match="one of the files that are read"):
        check_outputs({"--output": plan, "--realignment": register}, [register])
    again = tmp_path / "." / "list.xlsx"
    with pytest.raises(SourceError, match="named by --report and by --realignment"):
        check_outputs({"--output": plan, "--report": listed, "--realignment": again}, [register])
    check_outputs({"--output": plan, "--report": None, "--realignment": listed}, [register])


def test_costs_say_every_mistake_at_once():
    with pytest.raises(BadRequest) as refused:
        parsed_costs(["river=abc", "foo=1", "main=3", "main=4", "local=1"])
    for words in ("--cost river=abc: KIND=NUMBER", "--cost main is given twice, as 3 and as 4", "'foo' is no kind"):
        assert words in str(refused.value)
    assert parsed_costs(["river=.05", " Local = 2", "river=0.05"]) == {"river": 0.05, "local": 2.0}


@pytest.mark.parametrize("tolerance", [float("inf"), float("nan"), -0.1, 3.0])
def test_numbers_that_mean_nothing_are_refused_together(tolerance):
    with pytest.raises(BadRequest) as refused:
        check_numbers(tolerance=tolerance, time_limit=float("nan"), staff=None, officers_per_cell=0.0)
    for words in ("--tolerance", "--time-limit nan", "--officers-per-cell 0:", "--officers-per-cell needs --staff"):
        assert words in str(refused.value)
    check_numbers(tolerance=0.0, time_limit=0.0, staff=5, officers_per_cell=1.5)


def test_mistakes_of_all_kinds_in_one_line_before_any_file_is_read(tmp_path, capsys):
    status = exit_status(
        [
            "grid", "-o", str(tmp_path / "plan.gpkg"), "--outline", "no.gpkg", "--lines", "no.gpkg", "--entities", "no.csv",
            "--datum", "wgs84", "--tolerance", "inf", "--officers-per-cell", "3", "--lock", "001", "--cost", "moat",
            "--barrier-kinds", "fence", "--station-codes", "code",
        ]
    )  # fmt: skip
    (said,) = capsys.readouterr().err.splitlines()
    assert status == 1
    for words in (
        "--tolerance inf", "--officers-per-cell needs --staff", "--lock needs --keep", "one of them is needed",
        "--cost moat: KIND=NUMBER", "'fence' is no kind", "--station-codes needs --stations",
    ):  # fmt: skip
        assert words in said
