// The landing page: asks the service itself, shows its answer as text. Nothing is loaded from elsewhere.
"use strict";

const page = document.documentElement;
const byId = (id) => document.getElementById(id);

const show = (parent, tag, text) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
};

// The same words in both languages; the style sheet hides one of them.
const say = (parent, tag, [zh, en]) => {
  const node = show(parent, tag);
  show(node, "span", zh).className = "zh";
  show(node, "span", en).className = "en";
  return node;
};

const STATUS = {
  outside: ["该位置不在任何网格内", "This place lies in no cell"],
  unpublished: ["该处当日没有已发布的网格", "No cell is published there for that day"],
  ambiguous: ["该地址可能属于以下网格,请在地图上确认", "The address may lie in one of these cells; look at the map"],
  not_found: [
    "没有查到这个地址:请照营业执照上的写法输入,或在地图上点店铺的位置",
    "No such address is registered: write it as on the licence, or tap the place on the map",
  ],
};
const ROLE = {
  lead: ["主责", "lead"],
  deputy: ["副责", "deputy"],
  first: ["第一责任人", "first responsible"],
  direct: ["直接责任人", "directly responsible"],
};
const NO_PLACE = [
  "无法取得您的位置:请允许浏览器定位,或在地图上查找",
  "Your place is not known: allow it in the browser, or use the map",
];
const NO_SERVICE = ["暂时无法连接服务,请稍后再试", "The service does not answer; try again later"];
const CHECK = ["请检查输入", "Please check"];
const ABOVE = ["请联系所属监管所:", "Please ask its station:"];
const FALLBACK = ["本网格暂无监管员,由上级负责:", "This cell has no officers; those of the level above answer:"];

function showOfficers(box, officers) {
  const table = show(box, "table");
  for (const officer of officers) {
    const row = show(table, "tr");
    say(show(row, "td"), "span", ROLE[officer.role] ?? [officer.role, officer.role]);
    const name = show(row, "td");
    show(name, "strong", officer.name);
    show(name, "span", ` ${officer.title} ${officer.function}`);
    const telephone = show(row, "td");
    telephone.className = "keep";
    if (officer.telephone) show(telephone, "a", officer.telephone).href = `tel:${officer.telephone.replace(/[^\d+]/g, "")}`;
  }
}

function showAnswer(box, answer) {
  if (answer.status !== "found") {
    say(box, "p", STATUS[answer.status] ?? [answer.status, answer.status]);
    if (answer.nearest) {
      const km = (answer.nearest_distance_m / 1000).toFixed(answer.nearest_distance_m < 10000 ? 2 : 0);
      say(box, "p", [`最近的网格:${answer.nearest.name}(约 ${km} 公里)`, `Nearest cell: ${answer.nearest.name} (about ${km} km)`]);
    }
    if (answer.officers.length) {
      say(box, "p", ABOVE);
      showOfficers(box, answer.officers);
    }
    for (const { cell, address } of answer.candidates) if (cell) show(box, "p", `${cell.name} ${cell.code} · ${address}`);
    return;
  }
  const line = show(box, "p");
  show(line, "b", answer.cell.name);
  show(line, "span", ` ${answer.cell.code} · ${answer.on}`).className = "soft";
  if (answer.matched_address) show(box, "p", answer.matched_address).className = "soft";
  if (answer.fallback) say(box, "p", FALLBACK);
  showOfficers(box, answer.officers);
  if (answer.border && answer.border.near) {
    const metres = answer.border.distance_m;
    const beyond = answer.border.beyond ?? "";
    say(box, "p", [
      `离网格边界只有 ${metres} 米,对面是 ${beyond || "辖区外"}:请在地图上核对`,
      `Only ${metres} m from the border; beyond it ${beyond ? `lies ${beyond}` : "the territory ends"}: check on the map`,
    ]);
  }
  const map = say(show(box, "p"), "a", ["在示意图上看", "See the diagram"]);
  map.href = diagram(answer.cell.station_code);
}

const diagram = (code) => `diagram/${encodeURIComponent(code)}?lang=${page.dataset.lang}`;

// English details for programs come after words that everybody understands.
function showProblem(box, words, detail) {
  say(box, "p", words).className = "note";
  if (detail) show(box, "p", detail).className = "soft";
}

async function ask(query) {
  const box = byId("answer");
  if (byId("on").value) query.set("on", byId("on").value);
  box.replaceChildren();
  box.hidden = false;
  try {
    const reply = await fetch(`v1/lookup?${query}`);
    const answer = await reply.json();
    if (reply.ok) showAnswer(box, answer);
    else showProblem(box, reply.status === 422 ? CHECK : NO_SERVICE, answer.detail);
  } catch {
    showProblem(box, NO_SERVICE);
  }
  box.scrollIntoView({ block: "nearest" });
}

function askForm(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") query.set(name, value.trim());
  return ask(query);
}

function askHere() {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => ask(new URLSearchParams({ lon: coords.longitude, lat: coords.latitude, datum: "wgs84" })),
    () => {
      byId("answer").replaceChildren();
      byId("answer").hidden = false;
      showProblem(byId("answer"), NO_PLACE);
    },
    { timeout: 15000, maximumAge: 60000 },
  );
}

function speak(language) {
  page.dataset.lang = language;
  page.lang = language === "zh" ? "zh-CN" : "en";
  byId("language").textContent = language === "zh" ? "English" : "中文";
  for (const option of document.querySelectorAll("option[data-zh]")) option.textContent = option.dataset[language];
  for (const link of document.querySelectorAll("a[data-code]")) link.href = diagram(link.dataset.code);
}

function listDiagrams(stations) {
  const bureaus = new Map(stations.filter((s) => s.bureau_code).map((s) => [s.bureau_code, s.bureau_name]));
  const list = byId("stations");
  const item = (code, name, cells) => {
    const line = show(list, "li");
    if (cells === 0) show(line, "span", name); // nothing is drawn there yet
    else show(line, "a", name || code).dataset.code = code;
    if (cells !== undefined) say(line, "span", [` ${cells} 个网格`, ` ${cells} cells`]).className = "soft";
  };
  for (const [code, name] of bureaus) item(code, name);
  for (const station of stations) item(station.code, station.name, station.cells);
  const [first] = bureaus.keys();
  if (first) {
    byId("map").dataset.code = first;
    byId("map").hidden = !stations.some((s) => s.cells);
  }
}

async function start() {
  speak(new URLSearchParams(location.search).get("lang") === "en" ? "en" : page.dataset.lang);
  byId("language").addEventListener("click", () => speak(page.dataset.lang === "zh" ? "en" : "zh"));
  for (const id of ["point", "address"]) {
    byId(id).addEventListener("submit", (event) => { event.preventDefault(); askForm(event.target); });
  }
  byId("here").hidden = !(window.isSecureContext && navigator.geolocation);
  byId("here").addEventListener("click", askHere);
  try {
    const state = await (await fetch("ready")).json();
    const note = byId("note");
    note.textContent = state.note ?? state.detail ?? "";
    note.hidden = note.textContent === "";
    listDiagrams((await (await fetch("v1/stations")).json()).stations ?? []);
    speak(page.dataset.lang);
  } catch {
    byId("note").hidden = false;
    byId("note").replaceChildren();
    say(byId("note"), "span", NO_SERVICE);
  }
  page.dataset.ready = "";
}

start();
