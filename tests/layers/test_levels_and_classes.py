"""A level between bureau and stations, and classes of another place, as a manifest names them."""

import pyogrio
import pytest
import shapely

from layers import SchemaError, read_dataset
from layers.classes import Classes, classes_of
from tests.layers.city import ENTITY, MANIFEST, two_stations, write_city

UPPER = """
[[jurisdictions]]
code = "11010101"
name = "城北分局"
"""


def with_parents(folder, text, parents):
    path = write_city(folder, manifest=text)
    pyogrio.write_dataframe(two_stations().assign(parent_code=parents), folder / "city.gpkg", layer="stations")
    return path


def test_stations_belong_to_the_bureau_or_to_what_lies_between(tmp_path):
    dataset = read_dataset(with_parents(tmp_path, MANIFEST + UPPER, ["11010101", ""]))
    places = dataset.jurisdictions
    assert places.code.tolist() == ["110101", "11010101", "110101001", "110101002"]
    assert places.level.tolist() == [1, 2, 3, 3]
    assert places.parent_code.tolist() == ["", "110101", "11010101", "110101"]
    assert places.geometry.iloc[1].equals(places.geometry.iloc[2]), "its territory is that of its stations"
    assert shapely.area(places.geometry.iloc[0]) == pytest.approx(shapely.area(places.geometry.iloc[2:]).sum())


def test_unknown_and_empty_parents_are_told(tmp_path):
    dataset = read_dataset(with_parents(tmp_path, MANIFEST, ["", "11010109"]))
    assert dataset.jurisdictions.code.tolist() == ["110101", "110101001"]
    assert dataset.rejected.reason.tolist() == ["unknown parent_code: name it in [[jurisdictions]]"]
    with pytest.raises(SchemaError, match="holds no station"):
        read_dataset(with_parents(tmp_path, MANIFEST + UPPER, ["", ""]))
    for wrong, says in (
        ('[jurisdictions]\ncode = "1"\n', "must be a list of tables"),
        (UPPER + UPPER, "twice"),
        (UPPER.replace("name", "nam"), r"jurisdictions\[0\]\.nam is not known; did you mean name"),
    ):
        with pytest.raises(SchemaError, match=says):
            read_dataset(with_parents(tmp_path, MANIFEST + wrong, ["", ""]))


def test_classes_are_those_that_the_rules_name(tmp_path):
    rules = (
        '\n[rules]\nvisits_per_year = {"1" = 1, "2" = 4}\n[rules.classes]\norder = ["1", "2"]\nnames = {"1" = "守信"}\n'
    )
    rows = [
        {**ENTITY, "source_id": str(n), "credit_class": letter, "licensed": known}
        for n, (letter, known) in enumerate([("1", "1"), ("2类", "1"), ("守信", "1"), ("B", "1"), ("1", "0")])
    ]
    dataset = read_dataset(write_city(tmp_path, manifest=MANIFEST + rules, entities=rows))
    assert dataset.entities.credit_class.tolist() == ["1", "2", "1", "2"], "an unlicensed one counts as the worst"
    (row,) = dataset.rejected.itertuples()
    assert (row.row, row.reason, row.value) == (5, "credit_class not understood, expected 1, 2", "B")


def test_rules_that_name_no_classes_or_bad_ones_leave_the_usual_four():
    for rules in ({}, {"classes": 3}, {"classes": {"order": []}}, {"classes": {"order": [1, 2]}}):
        assert classes_of(rules).order == ("A", "B", "C", "D")
    turned = classes_of({"classes": {"order": ["D", "A"], "names": {"D": "好", "A": 3}}})
    assert turned.unlicensed == "A"
    assert turned.spellings()["好"] == "D"
    assert Classes().spellings()["a级"] == "A"
