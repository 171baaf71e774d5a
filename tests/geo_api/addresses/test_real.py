"""Real addresses, where their files are: cases of two other normalisers, pairs of Shanghai, the register of Chicago."""

from __future__ import annotations

import csv
import json
import random
import re
from pathlib import Path

import pytest

from geo_api.addresses import ParsedAddress, parse, similarity
from tests.geo_api.addresses.test_divisions import china

DATA = Path(__file__).resolve().parents[4] / "shared/data"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "address_normalise_unit_cases.json").exists(), reason="../shared/data is absent"),
]

DIFFERENT = {
    "香港九龙半岛清水湾香港科技大学": "九龙 is a peninsula, not the district 九龙城区 (清水湾 lies in 西贡区): we do not guess a district",
    "辽宁 沈阳 辽中县中国辽宁 沈阳 辽中县虹桥商厦苏宁易购": "辽中县 has been 辽中区 (210115) since 2016: we say so, the case does not",
}
"""Cases in which we differ, and why."""
SPLIT_SEED = 20261101


def jionlp(case: dict[str, object], found: ParsedAddress) -> dict[str, tuple[object, object]]:
    """Wanted and found of the facts in a case of JioNLP: a municipality is its own city, 香港 has no prefecture."""
    wanted = dict(case["expected"])  # type: ignore[call-overload]
    out: dict[str, tuple[object, object]] = {}
    for level in ("province", "city", "county"):
        part = getattr(found, level)
        name = part.name if part else None
        if level == "city" and name is None and found.province and wanted["city"] == found.province.name:
            name = found.province.name
        out[level] = (wanted[level], name)
    if case["town_village"]:
        out["town"] = (wanted["town"], found.town.name if found.town else None)
    number = re.search(r"(\d+)号", wanted["detail"])
    if number:
        out["number"] = (int(number[1]), found.number and found.number.base)
    street = re.search(r"([^\d镇处村]+[路街])\d+号", wanted["detail"])
    if street:
        out["street"] = (street[1], found.street)
    return out


def geocoding(case: dict[str, object], found: ParsedAddress) -> dict[str, tuple[object, object]]:
    """Wanted and found of a case of IceMimosa's geocoding: codes, names, road, digits of what is inside."""
    wanted = dict(case["expected"])  # type: ignore[call-overload]
    out: dict[str, tuple[object, object]] = {}
    for level, name in (("province", "province"), ("county", "district")):
        part = getattr(found, level)
        code = wanted[f"{name}Id"]
        if not (
            level == "county" and wanted["district"] == "赣县区"
        ):  # the case has 360721, the code of the former 赣县
            out[f"{level} code"] = (code and code[:6], part and part.code)
        plain = wanted[name] and wanted[name].removesuffix("市")
        out[level] = (plain, part and part.name.removesuffix("市"))
    out["town"] = (wanted["town"] or wanted["street"], found.town and found.town.name)
    if wanted["road"]:
        out["road"] = (True, any(found.street_key == r or r == found.street for r in _endings(wanted["road"])))
    if wanted["roadNum"]:
        own = [lane.text for lane in found.lanes] or [f"{found.number.base}号" if found.number else ""]
        out["road number"] = (wanted["roadNum"], own[0])
    if wanted["buildingNum"]:
        inner = [found.group, found.building, found.unit, found.room]
        if found.number and (found.lanes or not found.street):
            inner.append(str(found.number.base))
        ours = {n.lstrip("0") for part in inner for n in re.findall(r"\d+", part)}
        out["inside"] = ({n.lstrip("0") for n in re.findall(r"\d+", wanted["buildingNum"])}, ours)
    return out


def _endings(road: str) -> list[str]:
    return [road[i:] for i in range(len(road) - 2)]


@pytest.mark.parametrize(("source", "adapter"), [("jionlp", jionlp), ("icemimosa_geocoding", geocoding)])
def test_cases_of_other_normalisers_hold_or_differ_for_a_reason(source: str, adapter: object) -> None:
    cases = json.loads((DATA / "address_normalise_unit_cases.json").read_text(encoding="utf-8"))[source]
    held, wrong = 0, {}
    for case in cases:
        facts = adapter(case, parse(case["text"], divisions=china()))  # type: ignore[operator]
        missed = {name: pair for name, pair in facts.items() if pair[0] != pair[1]}
        held += not missed
        if missed:
            wrong[case["text"]] = missed
    assert set(wrong) <= set(DIFFERENT), {k: v for k, v in wrong.items() if k not in DIFFERENT}
    assert held >= len(cases) - 1


def test_pairs_of_shanghai_that_no_weight_was_set_on() -> None:
    with (DATA / "address_match_pairs_shanghai.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    random.Random(SPLIT_SEED).shuffle(rows)
    right = wrong = missed = 0
    for row in rows[len(rows) // 2 :]:
        said = similarity(parse(row["address_a"]), parse(row["address_b"])).same_site
        same = row["same_site"] == "1"
        right += said and same
        wrong += said and not same
        missed += same and not said
    assert right / (right + wrong) >= 0.99
    assert right / (right + missed) >= 0.99


def test_the_register_of_chicago_is_read() -> None:
    with (DATA / "chicago_businesses.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["address"] for row in csv.DictReader(file)]
    found = [parse(text, region="us") for text in texts]
    read = sum(a.number is not None and len(a.street.split()) > 1 for a in found)
    assert read / len(texts) >= 0.995


def test_the_numbers_of_shanghai_are_read() -> None:
    with (DATA / "shanghai_pois.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["address"] for row in csv.DictReader(file)][::4]
    plain = [t for t in texts if re.fullmatch(r"[\u4e00-\u9fff]{2,6}路\d+号.*", t)]
    assert len(plain) > 2000
    good = 0
    for text in plain:
        found = parse(text)
        head = re.match(r"([\u4e00-\u9fff]+?路)(\d+)号", text)
        good += bool(head and found.number and found.number.base == int(head[2]) and found.street.endswith("路"))
    assert good / len(plain) >= 0.99


def test_places_relative_to_crossings_are_read() -> None:
    with (DATA / "beijing_haidian_places.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["address"] for row in csv.DictReader(file)][::10]
    told = [t for t in texts if "交叉口" in t]
    found = [parse(t) for t in told]
    whole = sum(len(a.crossing) == 2 and a.relative is not None and a.relative.distance_m is not None for a in found)
    assert whole / len(told) >= 0.99
