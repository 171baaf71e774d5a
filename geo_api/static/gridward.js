// The landing page: asks the service itself, shows its answer as text. Nothing is loaded from elsewhere.
"use strict";

const show = (parent, tag, text) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
};

const STATUS = {
  outside: "不在任何网格内 · in no cell",
  unpublished: "当日没有已发布的网格 · nothing is published on that day",
  ambiguous: "可能属于多个网格 · several cells are possible",
  not_found: "登记中没有该地址 · the register has no such address",
};
const ROLE = { lead: "主责 lead", deputy: "副责 deputy", first: "第一责任人 first", direct: "直接责任人 direct" };

function showAnswer(box, answer) {
  if (answer.status !== "found") {
    show(box, "p", STATUS[answer.status] ?? answer.status);
    if (answer.nearest) {
      show(box, "p", `最近 nearest: ${answer.nearest.code} ${answer.nearest.name}, ${Math.round(answer.nearest_distance_m)} m`);
    }
    for (const cell of answer.candidates) show(box, "p", `${cell.code} ${cell.name}`);
    return;
  }
  const line = show(box, "p");
  show(line, "b", `${answer.cell.code} ${answer.cell.name}`);
  show(line, "span", ` · ${answer.cell.station_name} · ${answer.on}`);
  if (answer.fallback) show(box, "p", "本网格暂无监管员,由上级负责 · no officers in this cell: those of the level above answer");
  const table = show(box, "table");
  for (const officer of answer.officers) {
    const row = show(table, "tr");
    const role = ROLE[officer.role] ?? officer.role;
    for (const text of [role, officer.name, officer.title, officer.function]) show(row, "td", text);
    show(row, "td", officer.telephone ?? "").className = "keep";
  }
  if (answer.border && answer.border.near) {
    const beyond = answer.border.beyond ? `, ${answer.border.beyond}` : "";
    show(box, "p", `距边界 ${answer.border.distance_m} m · near the border${beyond}`);
  }
}

async function ask(form, box) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") query.set(name, value.trim());
  box.replaceChildren();
  try {
    const reply = await fetch(`v1/lookup?${query}`);
    const answer = await reply.json();
    if (reply.ok) showAnswer(box, answer);
    else show(box, "p", answer.detail).className = "note";
  } catch (problem) {
    show(box, "p", `无法连接服务 · the service does not answer (${problem.message})`).className = "note";
  }
}

async function start() {
  const box = document.getElementById("answer");
  for (const id of ["point", "address"]) {
    const form = document.getElementById(id);
    form.addEventListener("submit", (event) => { event.preventDefault(); ask(form, box); });
  }
  const state = await (await fetch("ready")).json();
  const note = document.getElementById("note");
  note.textContent = state.note ?? state.detail ?? "";
  note.hidden = note.textContent === "";
  const listed = await (await fetch("v1/stations")).json();
  const table = document.getElementById("stations");
  const rows = listed.stations ?? [];
  const bureaus = new Map(rows.map((s) => [s.bureau_code, s.bureau_name]));
  for (const [code, name, cells] of [...[...bureaus].map(([c, n]) => [c, n, ""]), ...rows.map((s) => [s.code, s.name, s.cells])]) {
    if (!code) continue;
    const row = show(table, "tr");
    show(row, "td", code).className = "keep";
    show(row, "td", name);
    show(row, "td", cells === "" ? "" : `${cells} 个网格 cells`).className = "spare";
    const links = show(row, "td");
    for (const [language, label] of [["zh", "示意图"], ["en", "diagram"]]) {
      const link = show(links, "a", label);
      link.href = `diagram/${encodeURIComponent(code)}?lang=${language}`;
      links.append(" ");
    }
  }
}

start();
