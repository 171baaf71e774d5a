"""Templates: what they write, the imports read; they overwrite nothing and need no database."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_api.cli.main import exit_status
from geo_api.services.claims.step_many import VERBS, _named, _read
from geo_api.services.file_heads import columns_by_head
from geo_api.services.tasks.rows import read_cases
from geo_api.services.visits.take_file import EXAMPLE, HEADS
from layers.raw import read_source

COMMANDS = {"visits": "visits", "claims": "claims", "tasks": "tasks"}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("group", COMMANDS)
def test_a_template_is_a_file_that_the_import_reads(
    group: str, ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = tmp_path / f"t.{ending}"
    assert exit_status([group, "import", "--template", str(file)]) == 0
    assert "fill it in" in capsys.readouterr().out
    if group == "tasks":
        rows, unused = read_cases(file)
        assert (unused, [r.problems for r in rows]) == ((), [(), ()])
    elif group == "claims":
        steps = [_named(row) for _, row in _read(file)]
        assert [s["verb"] for s in steps] == ["claim", "wrong"]
        assert str(steps[0]["on"]) == "2026-11-20"
    else:
        frame = read_source(file).frame
        found = columns_by_head(frame.columns, HEADS)
        assert list(found) == list(HEADS)
        assert {k: frame[found[k]].iloc[0] for k in EXAMPLE} == EXAMPLE
    before = file.read_bytes()
    assert exit_status([group, "import", "--template", str(file)]) != 0
    assert file.read_bytes() == before, "a template never overwrites"


def test_a_template_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(["visits", "import", "--template", str(tmp_path / "t.docx")]) != 0
    assert "must end in .csv or .xlsx" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_every_verb_has_a_chinese_word() -> None:
    assert set(VERBS.values()) == {"claim", "wrong", "accept", "dispute", "decide"}


def test_heads_are_found_by_what_they_say() -> None:
    known = {"entity": ("主体编号",), "kind": ("种类", "类型")}
    assert columns_by_head(["ＫＩＮＤ", "类型", "主体 编号"], known) == {"entity": "主体 编号", "kind": "ＫＩＮＤ"}
    assert columns_by_head(["类型", "种类"], known, {"entity": "种类"}) == {"entity": "种类", "kind": "类型"}
