"""Coverage gaps as a map layer."""

from __future__ import annotations

from typing import Any

from geo_api.services.answers import CoverageAnswer


def gaps_geojson(answer: CoverageAnswer) -> dict[str, Any]:
    """The findings as a GeoJSON FeatureCollection; those without a place have no geometry."""
    return {
        "type": "FeatureCollection",
        "jurisdiction": answer.jurisdiction,
        "on": answer.on.isoformat(),
        "totals": answer.totals,
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(f.at)} if f.at else None,
                "properties": {k: v for k, v in f.as_dict().items() if k != "at"},
            }
            for f in answer.findings
        ],
    }
