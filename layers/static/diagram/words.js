"use strict";
/* Language: texts, names, figures. */
(function () {
  var data = gridward.read();
  gridward.lang = data.lang;

  gridward.say = function (key, values) {
    return data.texts[gridward.lang][key].replace(/\{(\w+)\}/g, function (all, name) {
      return values && name in values ? String(values[name]) : all;
    });
  };

  gridward.figure = function (value, digits) {
    return Number(value).toLocaleString("en-US", { maximumFractionDigits: digits || 0 });
  };

  /* the name of a cell or station; a nameless one is called by its number */
  gridward.nameOf = function (row) {
    if (row.name) return gridward.lang === "en" && row.name_en ? row.name_en : row.name;
    if (row.number) return gridward.say("cell") + (gridward.lang === "en" ? " " : "") + row.number;
    return row.code;
  };

  gridward.stationOf = function (index) {
    return data.stations.filter(function (s) { return s.cells.indexOf(index) >= 0; })[0] || null;
  };

  /* the name of a cell; with its station's where cells of several stations are called the same */
  var known = {};
  data.cells.forEach(function (cell) { var key = cell.name || cell.number; known[key] = (known[key] || 0) + 1; });
  gridward.cellName = function (index) {
    var cell = data.cells[index], station = gridward.stationOf(index), name = gridward.nameOf(cell);
    return known[cell.name || cell.number] > 1 && station && station.name ? gridward.nameOf(station) + " " + name : name;
  };

  /* a document element; text is only ever set as text */
  gridward.make = function (tag, options, children) {
    var node = document.createElement(tag), o = options || {};
    if (o.cls) node.className = o.cls;
    if (o.text !== undefined) node.textContent = o.text;
    Object.keys(o.attrs || {}).forEach(function (k) { node.setAttribute(k, o.attrs[k]); });
    if (o.click) node.addEventListener("click", o.click);
    (children || []).forEach(function (child) { if (child) node.appendChild(child); });
    return node;
  };

  gridward.dial = function (telephone) { return "tel:" + telephone.replace(/[^0-9+*#,;]/g, ""); };

  gridward.phone = function () { return data.phone || "12315"; };

  gridward.setLanguage = function (lang) {
    gridward.lang = lang;
    document.documentElement.setAttribute("data-lang", lang);
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    ["aria-label", "placeholder"].forEach(function (name) {
      document.querySelectorAll("[data-text-" + name + "]").forEach(function (node) {
        node.setAttribute(name, gridward.say(node.getAttribute("data-text-" + name)));
      });
    });
    var shown = document.querySelector("h1 ." + lang) || document.querySelector("h1");
    document.title = shown.textContent;
    gridward.map.fire("language");
  };
})();
