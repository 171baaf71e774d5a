"use strict";
/* Choosing: a place on the map, a row of the table, a result of the search. Map, table and address show the choice. */
(function () {
  var data = gridward.read(), map = gridward.map, cells = gridward.layers.cells.shapes, marks = [];
  var METRES_A_DEGREE = 111320;
  gridward.chosen = null;
  map.createPane("chosen").style.zIndex = 445;
  map.getPane("chosen").style.pointerEvents = "none";

  function outline(paths, options) {
    paths.forEach(function (path) {
      var line = path instanceof L.Polygon;
      marks.push((line ? L.polygon : L.polyline)(path.getLatLngs(),
        L.extend({ pane: "chosen", fill: false, interactive: false, smoothFactor: line ? 0 : 1 }, options)).addTo(map));
    });
  }

  function forget() {
    marks.forEach(function (m) { map.removeLayer(m); });
    marks = [];
    cells.forEach(function (p) { p.getElement().classList.remove("dim"); });
    document.querySelectorAll("tr.chosen").forEach(function (row) {
      row.classList.remove("chosen");
      row.querySelector(".pick").removeAttribute("aria-current");
    });
    gridward.chosen = null;
  }

  gridward.clear = function () {
    forget();
    gridward.hideCard();
    remember("");
    gridward.placeLabels();
  };

  function remember(hash) {
    try { history.replaceState(null, "", hash ? "#" + encodeURIComponent(hash) : "#"); } catch (e) { /* not from disk */ }
  }

  function markRow(index) {
    var row = document.querySelector('tr[data-cell="' + index + '"]');
    row.classList.add("chosen");
    row.querySelector(".pick").setAttribute("aria-current", "true");
    if (gridward.narrow()) return;
    var panel = document.getElementById("list"), head = panel.querySelector("thead").offsetHeight;
    var top = row.getBoundingClientRect().top - panel.getBoundingClientRect().top + panel.scrollTop;
    if (top < panel.scrollTop + head || top + row.offsetHeight > panel.scrollTop + panel.clientHeight) {
      panel.scrollTop = top - Math.max(head + 8, (panel.clientHeight - row.offsetHeight) / 3);
    }
  }

  function look(bounds, deepest) {
    var below = gridward.narrow() ? 40 : 20;
    map.fitBounds(bounds, { paddingTopLeft: [40, 40], paddingBottomRight: [40, below], maxZoom: deepest || 16, animate: false });
    if (gridward.narrow()) document.querySelector(".map-box").scrollIntoView({ block: "start" });
  }

  /* at: place of the click; fit: bring the cell into view; note: words on a near border */
  gridward.choose = function (index, options) {
    var o = options || {}, path = cells[index], cell = data.cells[index];
    forget();
    gridward.hideCard();
    gridward.chosen = index;
    cells.forEach(function (p, i) { if (i !== index) p.getElement().classList.add("dim"); });
    outline([path], { color: "#ffffff", weight: 9 });
    outline([path], { color: "#0b1f33", weight: 5 });
    if (o.fit) look(path.getBounds());
    if (o.at) marks.push(L.circleMarker(o.at, {
      radius: 7, color: "#fff", weight: 3, fillColor: "#0b1f33", fillOpacity: 1, interactive: false, pane: "chosen"
    }).addTo(map));
    markRow(index);
    remember(cell.code);
    gridward.again = function () { gridward.choose(index, { at: o.at, note: o.note }); };
    gridward.placeLabels();
    gridward.showCard(gridward.cellCard(index, o.note && o.note()), o.at || [cell.place[1], cell.place[0]]);
  };

  /* a street, community or market; one cell only is chosen at once */
  gridward.choosePlace = function (group, index) {
    var row = data[group][index], paths = [];
    (row.lines || []).forEach(function (l) { paths.push(gridward.layers["line_" + l[0]].shapes[l[1]]); });
    var at = row.place ? L.latLng(row.place[1], row.place[0]) : null;
    if (row.cells.length === 1 && at) return gridward.choose(row.cells[0], { at: at, fit: true });
    forget();
    gridward.hideCard();
    if (!row.cells.length) {
      return gridward.showCard(gridward.noteCard(row.name, gridward.say("outside", { phone: gridward.phone() })), at);
    }
    cells.forEach(function (p, i) { if (row.cells.indexOf(i) < 0) p.getElement().classList.add("dim"); });
    outline(row.cells.map(function (i) { return cells[i]; }), { color: "#0b1f33", weight: 3 });
    outline(paths, { color: "#ffffff", weight: 11 });
    outline(paths, { color: "#c8102e", weight: 6 });
    var bounds = L.latLngBounds([]);
    (paths.length ? paths : row.cells.map(function (i) { return cells[i]; })).forEach(function (p) { bounds.extend(p.getBounds()); });
    look(bounds);
    gridward.again = function () { gridward.choosePlace(group, index); };
    gridward.placeLabels();
    gridward.showCard(gridward.placeCard(row.name, row.cells), null);
  };

  /* metres from a place to the border of a cell */
  function toBorder(path, at) {
    var k = Math.cos((at.lat * Math.PI) / 180), best = Infinity;
    path.getLatLngs().forEach(function (part) {
      part.forEach(function (ring) {
        for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
          var ax = (ring[j].lng - at.lng) * k, ay = ring[j].lat - at.lat;
          var bx = (ring[i].lng - at.lng) * k, by = ring[i].lat - at.lat, dx = bx - ax, dy = by - ay;
          var t = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)));
          best = Math.min(best, Math.hypot(ax + t * dx, ay + t * dy));
        }
      });
    });
    return best * METRES_A_DEGREE;
  }

  /* a finger is about 8 pixels wide: within that, or 10 m, the neighbour is named too */
  function borderNote(index, at) {
    var p = map.latLngToContainerPoint(at), reach = Math.max(10, map.distance(at, map.containerPointToLatLng(p.add([8, 0]))));
    var box = at.toBounds(2 * reach + 4), best = null;
    cells.forEach(function (path, i) {
      if (i === index || !path.getBounds().intersects(box)) return;
      var m = toBorder(path, at);
      if (m <= reach && (!best || m < best.m)) best = { m: m, i: i };
    });
    if (!best) return null;
    var key = reach > 60 ? "near_border_far" : "near_border"; // from afar a figure would feign precision
    return function () {
      return gridward.say(key, {
        m: Math.max(1, Math.round(best.m)), beyond: gridward.cellName(best.i), phone: gridward.phone()
      });
    };
  }

  cells.forEach(function (path, index) {
    path.on("click", function (e) { gridward.choose(index, { at: e.latlng, note: borderNote(index, e.latlng) }); });
  });
  map.on("click", function (e) {
    if (gridward.chosen !== null) return gridward.clear();
    gridward.showCard(gridward.noteCard("", gridward.say("outside", { phone: gridward.phone() })), e.latlng);
  });
  document.addEventListener("click", function (e) {
    var button = e.target.closest && e.target.closest(".panel .pick");
    if (!button) return;
    if (button.dataset.cell) gridward.choose(Number(button.dataset.cell), { fit: true });
    else gridward.choosePlace("markets", Number(button.dataset.market));
  });
  document.addEventListener("keydown", function (e) { if (e.key === "Escape") gridward.clear(); });
  gridward.chooseByCode = function (code) {
    var index = data.cells.findIndex(function (c) { return c.code === code; });
    if (index >= 0) gridward.choose(index, { fit: true });
  };
})();
