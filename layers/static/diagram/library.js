"use strict";
/* What the folium elements of a diagram call: they name shapes, which lie packed in the page's data element. */
var gridward = (function () {
  var layers = {}, groups = {}, canvases = {}, data = null, map = null, coarse = 14;

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
      maxBoundsViscosity: 0.7, tapTolerance: 20, boxZoom: false, fadeAnimation: false
    });
    coarse = settings.coarse;
    gridward.map = map;
    gridward.home = L.latLngBounds(settings.bounds);
    // without a size (a hidden tab) fitting fails; start.js fits again when there is one
    map.fitBounds(gridward.home, { padding: [14, 14], animate: false });
    return map;
  }

  function metresAPixel() {
    return (40075016.7 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / Math.pow(2, map.getZoom() + 8);
  }

  /* lines narrow from afar, and streets vanish, the weakest first */
  function restyle(group, settings) {
    var metres = metresAPixel(), weight = settings.path.weight;
    if (metres > coarse && settings.coarse !== null) weight = settings.coarse;
    else if (settings.coarse === null) weight *= Math.max(0.5, Math.min(1, 1.4 - Math.log2(Math.max(metres, 1)) / 7));
    if (settings.seen && metres > settings.seen) weight = 0;
    if (weight === group.weight) return;
    group.weight = weight;
    group.shapes.forEach(function (path) { path.setStyle({ stroke: weight > 0, weight: weight }); });
  }

  /* one canvas a pane: each is drawn anew as a whole */
  function canvasOf(pane) { return (canvases[pane] = canvases[pane] || L.canvas({ pane: pane, padding: 0.2 })); }

  function createLayer(settings) {
    var shapes = read().shapes[settings.data] || [], fills = read().fills[settings.key] || [], group = L.layerGroup();
    var canvas = settings.canvas ? canvasOf(settings.pane) : null;
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
    if (settings.path.stroke !== false) {
      map.on("zoomend", function () { restyle(group, settings); });
      restyle(group, settings);
    }
    return group;
  }

  return {
    layers: layers, groups: groups, read: read, createMap: createMap, createLayer: createLayer,
    metresAPixel: metresAPixel
  };
})();
