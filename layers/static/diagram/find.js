"use strict";
/* Find my shop: cells, officers, streets, communities, markets by name, number or telephone. */
(function () {
  var data = gridward.read(), make = gridward.make, say = gridward.say, MOST = 12;
  var input = document.getElementById("query"), list = document.getElementById("results"), status = document.getElementById("found");
  var shown = [], active = -1;

  function plain(text) { return (text || "").normalize("NFKC").toLowerCase().replace(/[\s\-·]+/g, ""); }

  var index = [];
  function add(type, text, keys, go, detail, colour) {
    index.push({ type: type, text: text, keys: keys.map(plain).filter(Boolean), go: go, detail: detail, colour: colour });
  }
  data.cells.forEach(function (cell, i) {
    var choose = function () { gridward.choose(i, { fit: true }); };
    add("cell", function () { return gridward.cellName(i); }, [cell.name, cell.name_en, cell.number, cell.code], choose,
      function () { return cell.officers[0] ? cell.officers[0].name : cell.code; }, i);
    cell.officers.forEach(function (p) {
      add("officer", function () { return p.name + (p.title ? " " + p.title : ""); },
        [p.name, (p.telephone || "").length > 5 ? p.telephone : ""], choose, function () { return gridward.cellName(i); }, i);
    });
  });
  ["streets", "areas", "markets"].forEach(function (group) {
    (data[group] || []).forEach(function (row, i) {
      add(group.slice(0, -1), function () { return row.name; }, [row.name],
        function () { gridward.choosePlace(group, i); }, function () {
          return row.cells.slice(0, 4).map(function (c) { return data.cells[c].number; }).join(" ") + (row.cells.length > 4 ? " …" : "");
        });
    });
  });

  /* 0 = the same, 1 = begins so, 2 = holds it, 3 = it holds the name: "人民路12号" finds 人民路 */
  function rank(item, q) {
    var best = 9;
    item.keys.forEach(function (key) {
      var at = key.indexOf(q);
      if (key === q) best = 0;
      else if (at === 0) best = Math.min(best, 1);
      else if (at > 0) best = Math.min(best, 2);
      else if (item.type !== "officer" && item.type !== "cell" && key.length > 1 && q.indexOf(key) >= 0) best = Math.min(best, 3);
    });
    return best;
  }

  function search() {
    var q = plain(input.value);
    close();
    status.textContent = "";
    if (!q) return;
    var hits = index.map(function (item, i) { return { item: item, rank: rank(item, q), i: i }; })
      .filter(function (h) { return h.rank < 9; })
      .sort(function (a, b) { return a.rank - b.rank || a.i - b.i; });
    if (!hits.length) {
      status.textContent = say("no_result", { q: input.value.trim(), phone: gridward.phone() });
      return;
    }
    status.textContent = hits.length > MOST ? say("more_results", { n: hits.length - MOST }) : say("found_count", { n: hits.length });
    shown = hits.slice(0, MOST).map(function (h, i) {
      var cell = h.item.colour === undefined ? null : data.cells[h.item.colour];
      var node = make("li", { attrs: { role: "option", id: "result-" + i, "aria-selected": "false" } }, [
        make("span", { cls: "type", text: say("type_" + h.item.type) }),
        cell ? make("span", { cls: "number c" + cell.colour, text: cell.number }) : null,
        make("span", { cls: "hit", text: h.item.text() }),
        make("span", { cls: "post", text: h.item.detail() })
      ]);
      // before the field loses the focus
      node.addEventListener("mousedown", function (e) { e.preventDefault(); });
      node.addEventListener("click", function () { go(i); });
      list.appendChild(node);
      return { node: node, go: h.item.go };
    });
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point(0);
  }

  function point(i) {
    if (!shown.length) return;
    if (active >= 0 && shown[active]) shown[active].node.setAttribute("aria-selected", "false");
    active = (i + shown.length) % shown.length;
    shown[active].node.setAttribute("aria-selected", "true");
    shown[active].node.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", "result-" + active);
  }

  function close() {
    list.hidden = true;
    list.textContent = "";
    shown = [];
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function go(i) {
    var chosen = shown[i];
    close();
    status.textContent = "";
    if (gridward.narrow()) input.blur();
    chosen.go();
  }

  input.addEventListener("input", search);
  input.addEventListener("focus", function () { if (input.value) search(); });
  input.addEventListener("blur", function () { setTimeout(close, 150); });
  input.addEventListener("keydown", function (e) {
    if (e.isComposing) return; // the Enter of an input method chooses a character
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); point(active + (e.key === "ArrowDown" ? 1 : -1)); }
    else if (e.key === "Enter" && shown.length) { e.preventDefault(); go(active); }
    else if (e.key === "Escape" && shown.length) { e.stopPropagation(); close(); }
  });
  gridward.map.on("language", function () { close(); status.textContent = ""; });
})();
