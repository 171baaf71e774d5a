"use strict";
/* What the folium elements of a diagram call: they name shapes, which lie packed in the page's data element. */
var gridward = (function () {
  var layers = {}, groups = {}, data = null, map = null;

  function read() {
    if (!data) data = JSON.parse(document.getElementById("diagram-data").textContent);
    return data;
  }

  /* first vertex, then steps -> [[lat, lon], ...] */
  function unpack(steps, scale) {
    var out = [], x = 0, y = 0;
    for (var i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      out.push([y * scale, x * scale]);
    }
    return out;
  }

  function points(shape, scale, kind) {
    return shape.map(function (part) {
      return kind === "line" ? unpack(part, scale) : part.map(function (ring) { return unpack(ring, scale); });
    });
  }

  function createMap(id, settings) {
    map = L.map(id, {
      attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.75, maxZoom: settings.maxZoom,
      maxBoundsViscosity: 0.7, tapTolerance: 20, boxZoom: false, preferCanvas: false
    });
    gridward.map = map;
    gridward.home = L.latLngBounds(settings.bounds);
    // without a size (a hidden tab) fitting fails; start.js fits again when there is one
    map.fitBounds(gridward.home, { padding: [14, 14], animate: false });
    return map;
  }

  function createLayer(settings) {
    var shapes = read().shapes[settings.data] || [], fills = read().fills[settings.key] || [], group = L.layerGroup();
    var canvas = settings.canvas ? L.canvas({ pane: settings.pane, padding: 0.2 }) : null;
    group.shapes = shapes.map(function (shape, index) {
      var options = L.extend({}, settings.path, {
        pane: settings.pane, interactive: settings.clickable, bubblingMouseEvents: false,
        smoothFactor: settings.shape === "line" ? 1 : 0
      });
      if (canvas) options.renderer = canvas;
      if (settings.fills.length) options.fillColor = settings.fills[(fills[index] || 0) % settings.fills.length];
      var latlngs = points(shape, settings.scale, settings.shape);
      var path = settings.shape === "line" ? L.polyline(latlngs, options) : L.polygon(latlngs, options);
      path.index = index;
      return path.addTo(group);
    });
    layers[settings.key] = group;
    if (settings.group) (groups[settings.group] = groups[settings.group] || []).push(group);
    if (settings.fromZoom) {
      var toggle = function () { map[map.getZoom() >= settings.fromZoom ? "addLayer" : "removeLayer"](group); };
      map.on("zoomend", toggle);
      setTimeout(toggle, 0);
    }
    return group;
  }

  return { layers: layers, groups: groups, read: read, createMap: createMap, createLayer: createLayer };
})();
