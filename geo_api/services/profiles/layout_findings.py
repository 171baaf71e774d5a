"""Codes and levels of a dataset against what its rules say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_api.supervision.profile import Profile
from gridding.findings import Finding, Severity

if TYPE_CHECKING:
    import geopandas as gpd


def layout_findings(places: gpd.GeoDataFrame, profile: Profile) -> tuple[Finding, ...]:
    """Stations whose codes have other digits than ``[rules.codes]`` says, and a tree of another depth than ``[rules.levels]``.

    Args:
        places: code, level (1 = bureau, the last one = stations).
        profile: the rules of the bureau.
    """
    depth, wanted = int(places["level"].max()) + 1, profile.section("levels").depth  # and the cells below the stations
    found = []
    if depth != wanted and "levels" in profile.settings:
        found.append(
            Finding(
                "profile.levels",
                Severity.WARNING,
                f"the rules name {wanted} levels ([rules.levels] depth), the dataset has {depth}, cells included: correct "
                "depth, or name the jurisdictions between bureau and stations ([[jurisdictions]])",
                f"规则设 {wanted} 级，数据为 {depth} 级（含网格），请核对 [rules.levels] 与 [[jurisdictions]]",
                where="rules.levels.depth",
                value=depth,
                limit=wanted,
                unit="levels",
            )
        )
    digits = profile.rules.codes.station_digits()
    stations = places.loc[places["level"] == places["level"].max(), "code"].astype(str)
    odd = stations[stations.str.len() != digits].tolist() if digits else []
    if odd:
        found.append(
            Finding(
                "profile.codes",
                Severity.WARNING,
                f"{len(odd)} station code(s) do not have the {digits} digits of [rules.codes]: {', '.join(odd[:5])}",
                f"{len(odd)} 个监管所代码不是 {digits} 位：{'、'.join(odd[:5])}",
                where="rules.codes",
                value=len(odd),
                unit="stations",
            )
        )
    return tuple(found)
