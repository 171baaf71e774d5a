"""The folium elements of a diagram: a map and vector layers whose shapes lie in the page's own data.

Folium renders what its elements print a second time, as a template. So nothing that a user wrote passes through them:
they carry options and keys only, and the page's data element carries the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import folium
from folium.map import CustomPane, Layer
from folium.template import Template

from layers.style import COARSE_M, Pen, pen_options


class DiagramMap(folium.Map):
    """A map without base tiles, whose page may be zoomed by its reader, with an id that is always the same."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = gridward.createMap({{ this.get_name()|tojson }}, {{ this.settings|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, bounds: tuple[float, float, float, float], *, max_zoom: int = 19) -> None:
        """Show ``bounds`` (west, south, east, north; degrees) at first."""
        west, south, east, north = bounds
        super().__init__(location=[(south + north) / 2, (west + east) / 2], tiles=None)
        self._id = "diagram"
        self.settings = {"bounds": [[south, west], [north, east]], "maxZoom": max_zoom, "coarse": COARSE_M}

    def add_pane(self, name: str, z_index: int, *, clickable: bool = False) -> None:
        """Add a pane; panes with a higher ``z_index`` lie above."""
        pane = CustomPane(name, z_index=z_index, pointer_events=clickable)
        pane._id = name
        self.add_child(pane)


class VectorLayer(Layer):
    """Polygons or lines of the page's data, drawn with one pen.

    Args:
        key: name in the page's data under ``shapes``; also the layer's name for the page's script.
        pane: name of the pane.
        shape: "polygon" or "line".
        pen: None = no stroke.
        fills: fill colours; the data has the index of each shape's under ``fills`` and the key. Empty = no fill.
        fill_opacity: 0 to 1.
        clickable: the page's script is told of clicks.
        canvas: draw on a canvas, which is quicker for many lines that nobody clicks.
        decimals: of the packed coordinates.
        data: key of the shapes, where it is not ``key``.
        group: what the reader switches on and off together.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = gridward.createLayer({{ this.settings|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        key: str,
        *,
        pane: str,
        shape: str,
        pen: Pen | None = None,
        fills: tuple[str, ...] = (),
        fill_opacity: float = 0.0,
        clickable: bool = False,
        canvas: bool = False,
        decimals: int = 6,
        data: str | None = None,
        group: str = "",
    ) -> None:
        super().__init__(name=key, overlay=True, control=False)
        self._name = "Vector"
        self._id = key
        path: dict[str, Any] = {"stroke": False} if pen is None else pen_options(pen)
        path |= {"fill": True, "fillOpacity": fill_opacity} if fills else {"fill": False}
        self.settings = {
            "key": key,
            "data": data or key,
            "pane": pane,
            "shape": shape,
            "path": path,
            "fills": list(fills),
            "clickable": clickable,
            "canvas": canvas,
            "scale": 10.0**-decimals,
            "seen": pen.seen_m if pen else 0,
            "coarse": pen.coarse if pen else None,
            "group": group,
        }


def pen_layers(key: str, *, pen: Pen, pane: str, shape: str, data: str | None = None, **more: Any) -> list[VectorLayer]:
    """A layer for the pen, and one for its casing beneath where it has one."""
    layers = []
    if pen.casing:
        light = pen.colour == "#ffffff"  # alone it would not be seen, so from afar its casing stands for it
        coarse = None if pen.coarse is None else pen.coarse if light else 0.0
        under = Pen(pen.casing, pen.width + 2.0, seen_m=pen.seen_m, coarse=coarse)
        layers.append(VectorLayer(f"{key}_casing", pane=pane, shape=shape, pen=under, data=data or key, **more))
        pen = replace(pen, coarse=0.0) if light and pen.coarse is not None else pen
    layers.append(VectorLayer(key, pane=pane, shape=shape, pen=pen, data=data or key, **more))
    return layers
