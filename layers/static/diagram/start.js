"use strict";
/* Controls, language, printing, first view. */
(function () {
  var map = gridward.map, say = gridward.say, legend = document.getElementById("legend");

  var Buttons = L.Control.extend({
    options: { position: gridward.narrow() ? "bottomleft" : "topleft" },
    onAdd: function () {
      var box = gridward.make("div", { cls: "leaflet-bar buttons" });
      [["zoom_in", "+", function () { map.zoomIn(); }], ["zoom_out", "−", function () { map.zoomOut(); }],
        ["whole", "⤢", whole]].forEach(function (b) {
        box.appendChild(gridward.make("button", {
          text: b[1], attrs: { type: "button", "data-text-aria-label": b[0], "aria-label": say(b[0]), title: say(b[0]) }, click: b[2]
        }));
      });
      L.DomEvent.disableClickPropagation(box);
      return box;
    }
  });
  map.addControl(new Buttons());
  L.control.scale({ imperial: false, maxWidth: 130, position: "bottomright" }).addTo(map);

  function whole() { map.fitBounds(gridward.home, { padding: [14, 14], animate: false }); }

  /* on a small screen the map is only as high as the territory needs */
  function height() {
    var box = map.getContainer();
    box.style.height = "";
    if (!gridward.narrow()) return;
    var a = map.project(gridward.home.getNorthWest(), 12), b = map.project(gridward.home.getSouthEast(), 12);
    box.style.height = Math.round(Math.max(320, Math.min(box.clientHeight, (box.clientWidth * (b.y - a.y)) / (b.x - a.x) + 110))) + "px";
  }

  function fit() {
    height();
    map.invalidateSize({ animate: false });
    map.setMinZoom(0);
    whole();
    map.setMinZoom(Math.max(map.getZoom() - 1, 0));
    map.setMaxBounds(gridward.home.pad(0.6));
  }
  fit();
  map.on("moveend", gridward.placeLabels);
  window.addEventListener("resize", function () { map.invalidateSize(); });

  document.querySelectorAll("[data-group]").forEach(function (box) {
    box.addEventListener("change", function () {
      (gridward.groups[box.dataset.group] || []).forEach(function (layer) { map[box.checked ? "addLayer" : "removeLayer"](layer); });
      gridward.placeLabels();
    });
  });
  if (gridward.narrow()) legend.open = false;

  var language = document.getElementById("language");
  if (language) language.addEventListener("click", function () { gridward.setLanguage(gridward.lang === "zh" ? "en" : "zh"); });
  map.on("language", function () {
    gridward.placeLabels();
    if (document.querySelector(".framed") && gridward.again) gridward.again();
  });

  /* paper has another size than the screen, and printers show a canvas as a white sheet: its lines are drawn as vectors */
  var before = null, copies = [], PAPER = [1500, 860];
  window.addEventListener("beforeprint", function () {
    var box = map.getContainer();
    before = { centre: map.getCenter(), zoom: map.getZoom(), least: map.getMinZoom(), open: legend.open };
    document.documentElement.removeAttribute("data-printed");
    gridward.clear();
    legend.open = true;
    box.style.width = PAPER[0] + "px";
    box.style.height = PAPER[1] + "px";
    map.invalidateSize({ animate: false });
    map.setMinZoom(0);
    whole();
    var renderer = L.svg({ pane: "streets" });
    Object.keys(gridward.layers).forEach(function (key) {
      gridward.layers[key].shapes.forEach(function (path) {
        if (!(path.options.renderer instanceof L.Canvas) || !path.options.stroke || !map.hasLayer(path)) return;
        copies.push(L.polyline(path.getLatLngs(), L.extend({}, path.options, { renderer: renderer })).addTo(map));
      });
    });
  });
  window.addEventListener("afterprint", function () {
    copies.forEach(function (path) { path.remove(); });
    copies = [];
    map.getContainer().style.width = "";
    legend.open = before.open;
    setTimeout(function () { // once the page has its layout for the screen again
      height();
      map.invalidateSize({ animate: false });
      map.setMinZoom(before.least);
      map.setView(before.centre, before.zoom, { animate: false });
      document.documentElement.setAttribute("data-printed", "true");
    }, 0);
  });

  gridward.placeLabels();
  function fromAddress() { if (location.hash.length > 1) gridward.chooseByCode(decodeURIComponent(location.hash.slice(1))); }
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
  document.documentElement.setAttribute("data-ready", "true");
})();
