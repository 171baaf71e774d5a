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
  ambiguous: ["可能属于以下网格之一：请核对地址后选一个", "It may lie in one of these cells: compare the addresses and choose"],
  unsure: [
    "没有十足把握，不敢指错人。最接近的有：请核对地址后选一个",
    "Not sure enough to name an officer. The closest are these: compare the addresses and choose",
  ],
  not_found: [
    "没有查到这个地址：请照营业执照上的写法输入，或在地图上点店铺的位置",
    "No such address is registered: write it as on the licence, or tap the place on the map",
  ],
};
const NEXT = [
  "都不是？请写上道路和门牌号（如“人民路12号”），或在地图上点店铺的位置",
  "None of them? Give street and number (such as 人民路12号), or tap the place on the map",
];
const CHOSEN = ["按您选的网格显示", "Shown for the cell that you chose"];
const CHOOSE = ["选这个", "Choose"];
const METHOD = {
  exact: ["门牌相符", "this very number"],
  number: ["主门牌相符", "by its base number"],
  lane: ["弄、巷相符", "by its lane"],
  interpolated: ["按相邻门牌推算", "between known numbers"],
  crossing: ["路口", "a crossing"],
  place: ["地名相符", "by the place's name"],
  relative: ["在其附近", "near it"],
  street: ["道路相符，门牌未登记", "the street; its number is not registered"],
  similar_name: ["名称相近", "a similar name"],
};
const TOO_OFTEN = ["查询太频繁，请稍候再试", "Too many questions; wait a moment"];
const ROLE = {
  lead: ["主责", "lead"],
  deputy: ["副责", "deputy"],
  first: ["第一责任人", "first responsible"],
  direct: ["直接责任人", "directly responsible"],
};
const NO_PLACE = [
  "无法取得您的位置：请允许浏览器定位，或在地图上查找",
  "Your place is not known: allow it in the browser, or use the map",
];
const NO_SERVICE = ["暂时无法连接服务，请稍后再试", "The service does not answer; try again later"];
const PROBLEM = { 422: ["请检查输入", "Please check"], 429: TOO_OFTEN };
const CREDIT_CODE = /^[0-9A-HJ-NPQRTUWXY]{18}$/i;
const REGISTRATION_NO = /^\d{15}$/;
const ABOVE = ["请联系所属监管所：", "Please ask its station:"];
const FALLBACK = ["本网格暂无监管员，由上级负责：", "This cell has no officers; those of the level above answer:"];

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

// What was assumed in reading the question.
function showNotes(box, notes) {
  for (const { message, message_zh } of notes) say(box, "p", [message_zh, message]).className = "soft";
}

// Cells that come into question: who lives there knows which it is.
function showCandidates(box, candidates) {
  const known = candidates.filter(({ cell }) => cell);
  if (!known.length) return;
  const table = show(box, "table");
  for (const { cell, address, method, confidence } of known) {
    const row = show(table, "tr");
    const name = show(row, "td");
    show(name, "strong", cell.name);
    show(name, "span", ` ${cell.code}`).className = "soft";
    const matched = show(row, "td", address ? `${address} ` : "");
    const [zh, en] = METHOD[method] ?? ["", ""];
    const percent = confidence >= 0.01 ? `${Math.floor(100 * confidence)} %` : "< 1 %";
    say(matched, "span", [`${zh} · ${percent}`, `${en} · ${percent}`]).className = "soft";
    const button = say(show(row, "td"), "button", CHOOSE);
    button.type = "button";
    button.className = "plain";
    button.addEventListener("click", () => ask(new URLSearchParams({ cell: cell.code }), CHOSEN));
  }
  say(box, "p", NEXT).className = "soft";
}

function showAnswer(box, answer) {
  if (answer.status !== "found") {
    const words = answer.status === "not_found" && answer.candidates.length ? "unsure" : answer.status;
    say(box, "p", STATUS[words] ?? [words, words]);
    if (answer.nearest) {
      const km = (answer.nearest_distance_m / 1000).toFixed(answer.nearest_distance_m < 10000 ? 2 : 0);
      say(box, "p", [`最近的网格：${answer.nearest.name}（约 ${km} 公里）`, `Nearest cell: ${answer.nearest.name} (about ${km} km)`]);
    }
    if (answer.officers.length) {
      say(box, "p", ABOVE);
      showOfficers(box, answer.officers);
    }
    showNotes(box, answer.notes);
    showCandidates(box, answer.candidates);
    return;
  }
  const line = show(box, "p");
  show(line, "b", answer.cell.name);
  show(line, "span", ` ${answer.cell.code} · ${answer.on}`).className = "soft";
  if (answer.matched_address) {
    const [zh, en] = METHOD[answer.method] ?? ["", ""];
    const matched = show(box, "p", answer.matched_address);
    matched.className = "soft";
    if (zh) say(matched, "span", [` · ${zh}`, ` · ${en}`]);
  }
  showNotes(box, answer.notes);
  if (answer.fallback) say(box, "p", FALLBACK);
  showOfficers(box, answer.officers);
  if (answer.border && answer.border.near) {
    const metres = answer.border.distance_m;
    const beyond = answer.border.beyond ?? "";
    say(box, "p", [
      `离网格边界只有 ${metres} 米，对面是 ${beyond || "辖区外"}：请在地图上核对`,
      `Only ${metres} m from the border; beyond it ${beyond ? `lies ${beyond}` : "the territory ends"}: check on the map`,
    ]);
  }
  const map = say(show(box, "p"), "a", ["在示意图上看", "See the diagram"]);
  map.href = diagram(answer.cell.station_code);
}

const diagram = (code) => `diagram/${encodeURIComponent(code)}?lang=${page.dataset.lang}`;

// English details for programs come after words that everybody understands.
function showProblem(box, words, { detail, findings = [] } = {}) {
  say(box, "p", words).className = "note";
  const said = findings.length && findings.every((f) => f.message_zh);
  if (said) for (const { message, message_zh } of findings) say(box, "p", [message_zh, message]).className = "soft";
  else if (detail) show(box, "p", detail).className = "soft";
}

const look = async (query) => {
  if (byId("on").value) query.set("on", byId("on").value);
  const reply = await fetch(`v1/lookup?${query}`);
  return { reply, answer: await reply.json() };
};

// What people type: a credit code, a registration number, an address; failing that, the name of a shop.
async function lookText(text) {
  if (CREDIT_CODE.test(text)) return look(new URLSearchParams({ credit_code: text }));
  if (REGISTRATION_NO.test(text)) return look(new URLSearchParams({ registration_no: text }));
  const asked = await look(new URLSearchParams({ address: text }));
  if (!asked.reply.ok || asked.answer.status !== "not_found" || asked.answer.candidates.length) return asked;
  const named = await look(new URLSearchParams({ name: text }));
  return named.reply.ok && named.answer.status !== "not_found" ? named : asked;
}

let asked = 0; // an answer that comes after a later question is dropped

async function ask(query, words) {
  const box = byId("answer");
  const mine = (asked += 1);
  let found;
  try {
    found = await (typeof query === "string" ? lookText(query) : look(query));
  } catch {
    found = null;
  }
  if (mine !== asked) return;
  box.replaceChildren();
  box.hidden = false;
  if (!found) showProblem(box, NO_SERVICE);
  else if (!found.reply.ok) showProblem(box, PROBLEM[found.reply.status] ?? NO_SERVICE, found.answer);
  else {
    if (words) say(box, "p", words).className = "soft";
    showAnswer(box, found.answer);
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
  byId("point").addEventListener("submit", (event) => { event.preventDefault(); askForm(event.target); });
  byId("address").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(event.target.elements.address.value.trim());
  });
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
