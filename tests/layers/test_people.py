"""Officers, assignments and visits of a manifest: what is stored, what is rejected, what is said."""

from datetime import date

import pandas as pd
import pytest

from layers import read_dataset
from tests.layers.city import (
    MANIFEST,
    PEOPLE,
    write_city,
    write_csv,
)


def rules_of(dataset):
    return [f.rule for f in dataset.findings]


@pytest.fixture
def people(tmp_path):
    path = write_city(tmp_path, manifest=MANIFEST + PEOPLE)
    officers = [
        {
            "officer_id": "01",
            "name": "张三",
            "telephone": "０１０-8888",
            "station_code": "110101001",
            "joined": "2019/7/1",
        },
        {"officer_id": "02", "name": "李四", "station_code": ""},
        {"officer_id": "01", "name": "王五"},
        {"officer_id": "04", "name": "赵六", "station_code": "110101009"},
    ]
    assignments = [
        {
            "officer_id": "01",
            "jurisdiction_code": "110101001001",
            "role": "组长",
            "valid_from": "2024-01-01",
            "valid_to": "2025-01-01",
        },
        {
            "officer_id": "02",
            "jurisdiction_code": "110101001001",
            "role": "lead",
            "valid_from": "20250101",
            "valid_to": "长期",
        },
        {"officer_id": "01", "jurisdiction_code": "110101001001", "role": "lead", "valid_from": "2026-01-01"},
        {"officer_id": "01", "jurisdiction_code": "110101001001", "role": "deputy", "valid_from": "2026-01-01"},
        {"officer_id": "09", "jurisdiction_code": "110101001001", "role": "lead", "valid_from": "2026-01-01"},
        {"officer_id": "01", "jurisdiction_code": "310101001", "role": "lead", "valid_from": "2026-01-01"},
        {"officer_id": "01", "jurisdiction_code": "110101002", "role": "boss", "valid_from": "2026-01-01"},
        {
            "officer_id": "01",
            "jurisdiction_code": "110101002",
            "role": "first",
            "valid_from": "2026-01-01",
            "valid_to": "2026-01-01",
        },
        {"officer_id": "01", "jurisdiction_code": "110101002", "role": "first", "valid_from": "soon"},
    ]
    inspections = [
        {"entity": "007", "date": "2025-03-01", "kind": "日常", "officer_id": "01", "result": "合格"},
        {"entity": "007", "date": "2025/3/1", "kind": "日常", "officer_id": "", "result": ""},
        {"entity": "007", "date": "2025-03-01", "kind": "special", "officer_id": "77", "result": "fail"},
        {"entity": "008", "date": "2025-03-02", "kind": ""},
        {"entity": "007", "date": "", "kind": ""},
        {"entity": "007", "date": "2025-03-03", "kind": "holiday"},
        {"entity": "007", "date": "2025-03-04", "kind": ""},
    ]
    for name, rows in (("officers", officers), ("assignments", assignments), ("inspections", inspections)):
        write_csv(tmp_path / f"{name}.csv", rows)
    return read_dataset(path)


def reasons_in(dataset, file):
    part = dataset.rejected[dataset.rejected.file == file]
    return dict(zip(part.row, part.reason.str.split(r"[,(]").str[0].str.strip(), strict=True))


def test_officers(people):
    assert people.officers.officer_id.tolist() == ["01", "02"]
    assert people.officers.iloc[0][["telephone", "joined"]].tolist() == ["010-8888", date(2019, 7, 1)]
    assert reasons_in(people, "officers.csv") == {4: "officer_id appears twice", 5: "unknown station_code"}


def test_assignments(people):
    rows = people.assignments[["officer_id", "role", "valid_from", "valid_to"]].to_numpy().tolist()
    assert rows == [
        ["01", "lead", date(2024, 1, 1), date(2025, 1, 1)],
        ["02", "lead", date(2025, 1, 1), None],
        ["01", "deputy", date(2026, 1, 1), None],
    ]
    assert reasons_in(people, "assignments.csv") == {
        4: "somebody else has this role for the code in this period",
        6: "unknown officer_id",
        7: "unknown jurisdiction_code",
        8: "role not understood",
        9: "valid_to is not after valid_from",
        10: "valid_from not understood",
    }


def test_inspections(people):
    rows = people.inspections[["entity", "date", "kind", "officer_id", "result"]].to_numpy().tolist()
    assert rows == [
        ["007", date(2025, 3, 1), "daily", "01", "pass"],
        ["007", date(2025, 3, 1), "special", None, "fail"],
        ["007", date(2025, 3, 4), "daily", None, "none"],
    ]
    assert reasons_in(people, "inspections.csv") == {
        3: "repeat of a visit",
        5: "unmatched: no such entity",
        6: "no date",
        7: "kind not understood",
    }
    assert people.inspections.visit_id.is_unique
    assert "inspections.unknown_officer" in rules_of(people)


def test_ids_of_visits_do_not_depend_on_the_order_of_rows(people, tmp_path):
    before = dict(
        zip(people.inspections.date.astype(str) + people.inspections.kind, people.inspections.visit_id, strict=True)
    )
    frame = pd.read_csv(tmp_path / "inspections.csv", dtype=str, keep_default_na=False)[::-1]
    frame.to_csv(tmp_path / "inspections.csv", index=False)
    after = read_dataset(tmp_path / "manifest.toml").inspections
    assert dict(zip(after.date.astype(str) + after.kind, after.visit_id, strict=True)) == before
