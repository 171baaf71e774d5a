"use strict";
/* Cards: who answers for a cell. Shown in a popup on the map, or on a small screen as a sheet at its foot. */
(function () {
  var data = gridward.read(), make = gridward.make, say = gridward.say;
  var ROLES = ["first", "direct", "lead", "deputy"];

  function people(officers) {
    return make("ul", { cls: "people" }, officers.map(function (p) {
      var name = p.name || "";
      return make("li", {}, [
        p.role ? make("span", {
          cls: "role" + (p.role === "lead" || p.role === "first" ? " lead" : ""),
          text: ROLES.indexOf(p.role) >= 0 ? say(p.role) : p.role
        }) : null,
        make("span", { cls: "who" }, [
          make("b", { text: name }),
          p.title ? make("span", { cls: "post", text: " " + p.title }) : null,
          p.function ? make("span", { cls: "post", text: " (" + p.function + ")" }) : null
        ]),
        p.telephone ? make("a", {
          cls: "tel call", text: p.telephone,
          attrs: { href: gridward.dial(p.telephone), "aria-label": say("call", { name: name, telephone: p.telephone }) }
        }) : null
      ]);
    }));
  }

  function number(cell) { return make("span", { cls: "number c" + cell.colour, text: cell.number }); }

  function facts(cell, planOnly) {
    var lines = [];
    if (cell.entities !== undefined) lines.push(say("entities", { n: gridward.figure(cell.entities) }));
    if (planOnly && cell.workload_hours_per_year !== undefined) {
      lines.push(say("workload", { n: gridward.figure(cell.workload_hours_per_year) }));
    }
    if (planOnly && cell.deviation !== undefined) {
      var percent = (cell.deviation > 0 ? "+" : "") + gridward.figure(100 * cell.deviation, 1) + "%";
      lines.push(say("deviation", { n: percent }));
    }
    if (planOnly && cell.area_m2 !== undefined) lines.push(say("area", { n: gridward.figure(cell.area_m2 / 1e6, 2) }));
    return lines.length ? make("p", { cls: "facts", text: lines.join(" · ") }) : null;
  }

  function counts(cell) {
    var parts = data.industries.map(function (name, i) {
      return cell.counts && cell.counts[i] ? make("span", { text: name + " " + cell.counts[i] }) : null;
    }).filter(Boolean);
    if (!parts.length) return null;
    return make("p", { cls: "counts" }, [make("b", { text: say("industries") + " " })].concat(parts));
  }

  gridward.planOnly = !data.bureau.length && !data.cells.concat(data.stations).some(function (row) { return row.officers.length; });

  /* one cell, its officers or those of its station, and a note on the border where the place is near one */
  gridward.cellCard = function (index, note) {
    var cell = data.cells[index], station = gridward.stationOf(index), body;
    if (cell.officers.length) body = people(cell.officers);
    else if (station && station.officers.length) {
      body = make("div", {}, [make("p", { text: say("station_answers") }), people(station.officers)]);
    } else if (data.bureau.length) {
      body = make("div", {}, [make("p", { text: say("bureau_answers") }), people(data.bureau)]);
    } else if (!gridward.planOnly) body = make("p", { text: say("no_officer") });
    return make("div", { cls: "card" }, [
      make("h2", {}, [number(cell), make("span", { text: " " + gridward.nameOf(cell) })]),
      make("p", { cls: "post", text: (station && station.name ? gridward.nameOf(station) + " · " : "") + cell.code }),
      body, counts(cell), facts(cell, gridward.planOnly),
      note ? make("p", { cls: "note", text: note }) : null
    ]);
  };

  /* a street, community or market, and the cells that it lies in */
  gridward.placeCard = function (name, cells) {
    return make("div", { cls: "card" }, [
      make("h2", { text: name }),
      make("p", { text: say(cells.length > 1 ? "street_cells" : "street_cell", { name: name, n: cells.length }) }),
      make("ul", { cls: "choices" }, cells.map(function (index) {
        var cell = data.cells[index], lead = cell.officers[0];
        return make("li", {}, [
          make("button", {
            cls: "pick", attrs: { type: "button" }, click: function () { gridward.choose(index, { fit: true }); }
          }, [
            number(cell), make("span", { text: " " + gridward.cellName(index) }),
            lead ? make("span", { cls: "post", text: " " + (lead.name || "") }) : null
          ]),
          lead && lead.telephone
            ? make("a", { cls: "tel", text: lead.telephone, attrs: { href: gridward.dial(lead.telephone) } }) : null
        ]);
      }))
    ]);
  };

  gridward.noteCard = function (title, text) {
    return make("div", { cls: "card" }, [
      title ? make("h2", { text: title }) : null, make("p", { text: text }),
      make("p", {}, [make("a", { cls: "tel call", text: gridward.phone(), attrs: { href: gridward.dial(gridward.phone()) } })])
    ]);
  };

  /* show a card at a place of the map, or without one beside it; in the sheet on small screens */
  var narrow = window.matchMedia("(max-width: 820px)"), sheet = document.getElementById("sheet"), popup = null;
  var answer = document.getElementById("answer");
  gridward.narrow = function () { return narrow.matches; };

  gridward.showCard = function (card, latlng) {
    gridward.hideCard();
    if (!narrow.matches && !latlng) {
      answer.appendChild(framed(card));
      answer.hidden = false;
      return;
    }
    if (!narrow.matches) {
      popup = L.popup({ maxWidth: 400, minWidth: 280, autoPanPadding: [24, 24], closeButton: false })
        .setLatLng(latlng).setContent(framed(card)).openOn(gridward.map);
      return;
    }
    sheet.appendChild(framed(card));
    sheet.hidden = false;
    document.body.classList.add("with-sheet");
    if (latlng) uncover(L.latLng(latlng));
  };

  /* the sheet must not hide what it speaks of: scroll the page, then move the map */
  function uncover(latlng) {
    var box = gridward.map.getContainer(), below = function () {
      return box.getBoundingClientRect().top + gridward.map.latLngToContainerPoint(latlng).y + 50 - sheet.getBoundingClientRect().top;
    };
    if (below() > 0) window.scrollBy(0, Math.min(below(), Math.max(box.getBoundingClientRect().top, 0)));
    if (below() > 0) gridward.map.panBy([0, below()], { animate: false });
  }

  function framed(card) {
    return make("div", { cls: "framed" }, [
      card,
      make("button", { cls: "close", text: "×", attrs: { type: "button", "aria-label": say("close") }, click: gridward.clear })
    ]);
  }

  gridward.hideCard = function () {
    if (popup) { gridward.map.closePopup(popup); popup = null; }
    [sheet, answer].forEach(function (place) {
      place.hidden = true;
      place.textContent = "";
    });
    document.body.classList.remove("with-sheet");
  };
})();
