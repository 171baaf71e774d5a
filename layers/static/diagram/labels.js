"use strict";
/* Labels: cells inside their borders, then markets, stations, streets along their lines; none covers another. */
(function () {
  var data = gridward.read(), map = gridward.map, pen = document.createElement("canvas").getContext("2d");
  var FONT = getComputedStyle(document.body).fontFamily;
  map.createPane("labels").style.zIndex = 610;
  map.getPane("labels").style.pointerEvents = "none";

  function width(text, size, bold) {
    pen.font = (bold ? "bold " : "") + size + "px " + FONT;
    return pen.measureText(text).width;
  }

  function mark(place, cls, clickable) {
    var icon = L.divIcon({ className: "label " + cls, iconSize: [0, 0], html: document.createElement("div") });
    return L.marker([place[1], place[0]], {
      icon: icon, interactive: !!clickable, keyboard: !!clickable, pane: clickable ? "markerPane" : "labels"
    });
  }

  /* ---- what is placed so far, as boxes on the screen; a grid keeps the search short ---- */
  var taken;
  function free(box) {
    for (var x = Math.floor(box[0] / 100); x <= box[2] / 100; x++) {
      for (var y = Math.floor(box[1] / 100); y <= box[3] / 100; y++) {
        var list = taken[x + "," + y] || [];
        for (var i = 0; i < list.length; i++) {
          var b = list[i];
          if (box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]) return false;
        }
      }
    }
    return true;
  }
  function take(box) {
    for (var x = Math.floor(box[0] / 100); x <= box[2] / 100; x++) {
      for (var y = Math.floor(box[1] / 100); y <= box[3] / 100; y++) {
        (taken[x + "," + y] = taken[x + "," + y] || []).push(box);
      }
    }
  }
  function boxAt(p, w, h) { return [p.x - w / 2, p.y - h / 2, p.x + w / 2, p.y + h / 2]; }

  /* rings on the screen, and whether a point lies inside (even-odd rule) */
  function screenRings(path) {
    var rings = [];
    path.getLatLngs().forEach(function (part) {
      part.forEach(function (ring) { rings.push(ring.map(function (q) { return map.latLngToLayerPoint(q); })); });
    });
    return rings;
  }
  function inside(rings, x, y) {
    var odd = false;
    rings.forEach(function (ring) {
      for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        var a = ring[i], b = ring[j];
        if ((a.y > y) !== (b.y > y) && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
      }
    });
    return odd;
  }
  function fits(rings, box) {
    for (var i = 0; i <= 4; i++) {
      var x = box[0] + ((box[2] - box[0]) * i) / 4;
      if (!inside(rings, x, box[1]) || !inside(rings, x, box[3])) return false;
    }
    return inside(rings, box[0], (box[1] + box[3]) / 2) && inside(rings, box[2], (box[1] + box[3]) / 2);
  }

  /* ---- the labels ---- */
  var cells = data.cells.map(function (cell, index) {
    return { marker: mark(cell.place, "cell-label"), cell: cell, path: gridward.layers.cells.shapes[index], index: index };
  });
  var bySize = cells.slice().sort(function (a, b) { return b.cell.radius_m - a.cell.radius_m; });
  var outlines = (gridward.layers.stations || { shapes: [] }).shapes;
  var stations = outlines.length === data.stations.length ? data.stations.map(function (s, i) {
    var c = outlines[i].getBounds().getCenter();
    return { marker: mark([c.lng, c.lat], "station-label"), station: s, path: outlines[i] };
  }) : [];
  var markets = (data.markets || []).map(function (m, index) {
    var item = { marker: mark(m.place, "market-label", true), market: m };
    item.marker.on("click keypress", function (e) {
      if (e.type === "click" || e.originalEvent.key === "Enter") gridward.choosePlace("markets", index);
    });
    return item;
  });
  var streets = (data.street_labels || []).map(function (row) {
    return { marker: mark(row, "street-label"), angle: row[2], metres: row[3], street: data.streets[row[4]] };
  });
  var areas = (data.areas || []).map(function (a) { return { marker: mark(a.place, "area-label"), area: a }; });

  function show(item, html) {
    if (!map.hasLayer(item.marker)) item.marker.addTo(map);
    item.marker.getElement().replaceChildren(html);
  }
  function hide(item) { if (map.hasLayer(item.marker)) map.removeLayer(item.marker); }
  function at(item) { return map.latLngToLayerPoint(item.marker.getLatLng()); }
  function lines(texts) {
    return gridward.make("div", {}, texts.map(function (t) { return gridward.make("span", { cls: t[1], text: t[0] }); }));
  }

  function variants(cell) {
    var name = cell.name ? gridward.nameOf(cell) : "", list = [];
    if (name && name.indexOf(cell.number) < 0) {
      list.push({ parts: [[cell.number, "big"], [name, "small"]],
        w: Math.max(width(cell.number, 17, true), width(name, 14)) + 8, h: 42 });
    } else if (name) list.push({ parts: [[name, "big"]], w: width(name, 17, true) + 8, h: 24 });
    list.push({ parts: [[cell.number, "big"]], w: width(cell.number, 17, true) + 6, h: 22 });
    list.push({ parts: [[cell.number, "mid"]], w: width(cell.number, 14, true) + 4, h: 18 });
    return list;
  }

  /* the roomiest place first, then beside it, where a market stands in the way */
  var BESIDE = [[0, 0], [0, -17], [0, 17], [-20, 0], [20, 0], [0, -32], [0, 32], [-36, 0], [36, 0]];

  function placeCell(item) {
    var p = at(item), options = variants(item.cell);
    for (var i = 0; i < options.length; i++) {
      for (var k = 0; k < BESIDE.length; k++) {
        var box = boxAt(L.point(p.x + BESIDE[k][0], p.y + BESIDE[k][1]), options[i].w, options[i].h);
        if (fits(item.rings, box) && free(box)) return put(item, options[i], box, BESIDE[k]);
      }
    }
    if (item.index === gridward.chosen) {
      var least = options[options.length - 1];
      return put(item, least, boxAt(p, least.w, least.h), [0, 0]);
    }
    hide(item);
  }

  function put(item, option, box, shift) {
    take(box);
    var node = lines(option.parts);
    node.style.left = shift[0] + "px";
    node.style.top = shift[1] + "px";
    show(item, node);
  }

  function placeSimple(item, text, cls, size) {
    var p = at(item), box = boxAt(p, width(text, size, true) + 12, size + 12);
    if (!free(box)) { hide(item); return; }
    take(box);
    show(item, lines([[text, cls]]));
  }

  /* where most numbers of a station's cells do not fit, its name comes first */
  function mostlyLabelled(station) {
    var fit = station.cells.filter(function (i) {
      var least = variants(data.cells[i]).pop();
      return fits(cells[i].rings, boxAt(at(cells[i]), least.w, least.h));
    }).length;
    return 2 * fit >= station.cells.length;
  }

  /* the name of a station, in an overview: the free place inside its outline that is nearest to its middle */
  function placeStation(item) {
    var p = at(item), name = gridward.nameOf(item.station), w = width(name, 18, true) + 10, best = null;
    if (gridward.metresAPixel() > 10) {
      for (var dx = -240; dx <= 240; dx += 16) {
        for (var dy = -240; dy <= 240; dy += 12) {
          var far = Math.hypot(dx, dy), box = boxAt(L.point(p.x + dx, p.y + dy), w, 26);
          if ((!best || far < best.far) && inside(item.rings, p.x + dx, p.y + dy) && free(box) && fits(item.rings, box)) {
            best = { far: far, box: box, shift: [dx, dy] };
          }
        }
      }
    }
    if (best) put(item, { parts: [[name, "station-name"]] }, best.box, best.shift);
    else hide(item);
    return best !== null;
  }

  function takeIcon(item) { take(boxAt(at(item), 28, 28)); }

  function placeMarket(item) {
    var p = at(item), name = item.market.name, w = width(name, 14, true) + 6;
    var right = [p.x + 15, p.y - 11, p.x + 19 + w, p.y + 11], left = [p.x - 19 - w, p.y - 11, p.x - 15, p.y + 11];
    var west = map.latLngToLayerPoint(gridward.home.getSouthWest()).x - 10, east = map.latLngToLayerPoint(gridward.home.getNorthEast()).x + 10;
    var side = right[2] < east && free(right) ? "right" : left[0] > west && free(left) ? "left" : "";
    if (side) take(side === "right" ? right : left);
    var node = gridward.make("div", { cls: "market " + side, attrs: { role: "img", "aria-label": name } });
    node.appendChild(gridward.make("i", { cls: "key market" }));
    if (side) node.appendChild(gridward.make("span", { text: name }));
    show(item, node);
  }

  var WEAK = ["local", "service", "block"]; // named only when one looks closely

  function placeStreet(item, shown) {
    var metresAPixel = gridward.metresAPixel();
    if (metresAPixel > 5 && WEAK.indexOf(item.street.lines ? item.street.lines[0][0] : "") >= 0) { hide(item); return; }
    var name = item.street.name, w = width(name, 14) + (name.length > 1 ? name.length : 0);
    if (item.metres / metresAPixel < w + 10) { hide(item); return; }
    var p = at(item), a = (item.angle * Math.PI) / 180, boxes = [];
    if ((shown[name] || []).some(function (q) { return q.distanceTo(p) < 320; })) { hide(item); return; }
    for (var d = -w / 2 + 6; d <= w / 2; d += 12) {
      boxes.push(boxAt(L.point(p.x + d * Math.cos(a), p.y + d * Math.sin(a)), 17, 17));
    }
    if (!boxes.every(free)) { hide(item); return; }
    boxes.forEach(take);
    (shown[name] = shown[name] || []).push(p);
    var node = gridward.make("span", { text: name });
    node.style.transform = "translate(-50%,-50%) rotate(" + item.angle + "deg)";
    show(item, gridward.make("div", {}, [node]));
  }

  function hidden(group) {
    var box = document.querySelector('[data-group="' + group + '"]');
    return box && !box.checked;
  }

  gridward.placeLabels = function () {
    taken = {};
    if (!hidden("markets")) markets.forEach(takeIcon);
    bySize.forEach(function (item) { item.rings = screenRings(item.path); });
    stations.forEach(function (item) { item.rings = screenRings(item.path); });
    var late = stations.filter(function (item) { return mostlyLabelled(item.station) || !placeStation(item); });
    if (gridward.chosen !== undefined && gridward.chosen !== null) placeCell(cells[gridward.chosen]);
    bySize.forEach(function (item) { if (item.index !== gridward.chosen) placeCell(item); });
    late.forEach(placeStation);
    markets.forEach(hidden("markets") ? hide : placeMarket);
    var shown = {};
    var near = map.getBounds().pad(0.3); // a city has thousands of names: only those in view become elements
    streets.forEach(function (item) {
      if (near.contains(item.marker.getLatLng())) placeStreet(item, shown);
      else hide(item);
    });
    areas.forEach(hidden("areas") || map.getZoom() < 14 ? hide : function (item) {
      placeSimple(item, item.area.name, "area-name", 14);
    });
  };

  (data.gaps || []).forEach(function (gap) {
    var marker = L.circleMarker([gap.place[1], gap.place[0]], {
      radius: 8, color: "#fff", weight: 2, fillColor: "#b00020", fillOpacity: 1
    }).on("click", function () {
      gridward.showCard(gridward.noteCard(gridward.say("legend_gap"), gridward.lang === "zh" ? gap.message_zh : gap.message),
        marker.getLatLng());
    });
    gridward.groups.gaps.push(marker.addTo(map));
  });
})();
