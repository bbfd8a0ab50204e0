// Shows what GET /_emulator/state answers, once a second. Everything that a caller sent is put on
// the page as text, never as markup.

import { $, definition, make, more } from "./dom.js";
import { strings } from "./strings.js";

// --- calls ----------------------------------------------------------------------------------------

const SECOND = 1000;
const WINDOW = 5 * 60 * SECOND;

function distance(ms) {
  const size = Math.abs(ms);
  const side = ms < 0 ? "behind" : "ahead of";
  const units = [
    [365 * 86_400 * SECOND, "years"],
    [86_400 * SECOND, "days"],
    [3_600 * SECOND, "hours"],
    [60 * SECOND, "minutes"],
    [SECOND, "s"],
  ];
  const [unit, name] = units.find(([each]) => size >= 2 * each) ?? [1, "ms"];
  return `${(size / unit).toFixed(unit === 1 ? 0 : 1)} ${name} ${side} the emulator's clock`;
}

function moment(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "no date" : date.toISOString().replace("T", " ").replace("Z", " UTC");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reason(call) {
  if (call.is_lost) return "A fault: this answer was not sent.";
  if (call.status < 400) return "";
  const answer = parsed(call.answer);
  const details = answer?.error?.details ?? answer?.detail;
  return typeof details === "string" ? details : call.answer;
}

// What is told of a call in one line. Where only the signature is wrong, what the emulator found out
// about it is all that matters; its whole answer explains signatures in general, too.
function headline(call) {
  const found = call.diagnosis;
  const isOnlyTheSignature =
    call.status === 401 && found?.access_key_known && found.signature !== null && isInTime(found);
  return isOnlyTheSignature ? found.verdict : reason(call);
}

const isInTime = (found) => found.off_ms !== null && Math.abs(found.off_ms) < WINDOW;

function verdict(call) {
  const { advice } = call.diagnosis;
  const items = advice.map(({ what, remedy }) =>
    make("li", {}, `${what[0].toUpperCase()}${what.slice(1)}. `, make("span", {}, remedy)),
  );
  const first = headline(call);
  return make("div", { className: "verdict" }, make("p", {}, first), items.length ? make("ul", {}, ...items) : null);
}

function parts({ diagnosis: found }, accounts) {
  const list = make("dl", { className: "parts" });
  const row = (name, value, isRight) => list.append(...definition(name, value, isRight ? "yes" : "no"));
  if (found.timestamp === null) row("Timestamp", "missing, or empty", false);
  else if (found.off_ms === null) row("Timestamp", found.timestamp, false);
  else
    row(
      "Timestamp",
      `${found.timestamp} = ${moment(Number(found.timestamp))}, ${distance(found.off_ms)}`,
      isInTime(found),
    );
  const account = accounts[found.access_key];
  row(
    "Access key",
    found.access_key === null ? "missing, or empty" : `${found.access_key}, ${account ?? "unknown"}`,
    found.access_key_known,
  );
  const isRight = found.signed !== null && found.signed.hex === found.expected.hex && !found.advice.length;
  row("Signature", found.signature ?? "missing, or empty", isRight);
  return list;
}

function tone(call) {
  if (call.is_lost || call.status === 401 || call.status >= 500) return "bad";
  return call.status >= 400 ? "warn" : "good";
}

function callCard(call, accounts) {
  const inside = make("div", { className: "inside" });
  // Most cards are never opened: what is in them is made when they are.
  const fill = () => {
    if (call.diagnosis) inside.append(verdict(call), parts(call, accounts), ...strings(call.diagnosis));
    const request = make("dl", { className: "parts" });
    request.append(
      ...definition("Operation", call.operation ?? "none has this path and method"),
      ...definition("Received", moment(call.time * SECOND)),
      ...definition("Headers", call.header_names.join(", ")),
    );
    const bodies = [
      ["Body", call.body],
      ["Answer", call.answer],
    ].flatMap(([title, text]) => (text ? [make("h3", {}, title), make("pre", {}, text)] : []));
    if (call.diagnosis) inside.append(more("The whole request", request, ...bodies));
    else inside.append(request, ...bodies);
  };
  const why = headline(call);
  const card = make(
    "details",
    { className: `card new ${call.diagnosis ? "bad" : ""}`, dataset: { number: call.number } },
    make(
      "summary",
      {},
      make(
        "div",
        { className: "line" },
        make("span", { className: `pill ${tone(call)}` }, call.is_lost ? "lost" : String(call.status)),
        make("code", {}, call.method),
        make("code", { className: "target" }, call.target),
        make("time", {}, moment(call.time * SECOND).slice(11, 19)),
      ),
      why ? make("p", { className: "why" }, why) : null,
    ),
    inside,
  );
  card.addEventListener("toggle", () => card.open && !inside.hasChildNodes() && fill());
  card.hidden = $("only-refused").checked && call.status < 400;
  card.dataset.refused = call.status >= 400;
  return card;
}

function showCalls(state, isFirst) {
  const list = $("calls");
  const known = new Set([...list.children].map((card) => Number(card.dataset.number)));
  const fresh = state.calls.filter((call) => !known.has(call.number));
  list.prepend(...fresh.map((call) => callCard(call, state.accounts)));
  const oldest = state.calls.at(-1)?.number ?? Infinity;
  for (const card of [...list.children]) if (Number(card.dataset.number) < oldest) card.remove();
  // The newest wrong signature is what someone who looks here is most likely after.
  const wrong = fresh.find((call) => call.diagnosis);
  if (wrong && (isFirst || !list.querySelector(":scope > [open]")))
    list.querySelector(`:scope > [data-number="${wrong.number}"]`).open = true;
  $("call-count").textContent = state.call_count ? String(state.call_count) : "";
  $("no-calls").hidden = state.call_count > 0;
  filter();
}

function filter() {
  const cards = [...$("calls").children];
  for (const card of cards) card.hidden = $("only-refused").checked && card.dataset.refused !== "true";
  $("none-refused").hidden = cards.length === 0 || cards.some((card) => !card.hidden);
}

// --- topics ---------------------------------------------------------------------------------------

function topicCard(topic) {
  const facts = make("dl", { className: "parts" });
  facts.append(
    ...definition("Id", topic.id),
    ...definition("Made", topic.created),
    ...definition("Keeps for", `${topic.retention_ms / 3_600_000} h`),
    ...(topic.description ? definition("Description", topic.description) : []),
  );
  const messages = topic.messages.map((message) =>
    make(
      "div",
      { className: "message" },
      make("div", { className: "where" }, `partition ${message.partition}, offset ${message.offset}, key `, make("code", {}, message.key)),
      make("div", { className: "value" }, message.value),
    ),
  );
  const left = topic.message_count - topic.messages.length;
  const schemas = topic.schemas.map((schema) =>
    more(`Version ${schema.version}, ${schema.type}, id ${schema.id}`, make("pre", {}, schema.text)),
  );
  return make(
    "details",
    { className: "card", dataset: { id: topic.id } },
    make(
      "summary",
      {},
      make(
        "div",
        { className: "line" },
        make("span", { className: `pill ${topic.status === "CREATED" ? "good" : "warn"}` }, topic.status),
        make("code", { className: "target" }, topic.name),
        make("span", { className: "side" }, counted(topic.message_count, "message")),
      ),
      make("p", { className: "why" }, summary(topic)),
    ),
    make(
      "div",
      { className: "inside" },
      make("h3", {}, left > 0 ? `The last ${messages.length} of ${topic.message_count} messages` : "Messages"),
      ...(messages.length ? messages : [make("p", { className: "hint" }, "None was sent yet.")]),
      make("h3", {}, "Topic"),
      facts,
      ...(topic.connector
        ? [make("h3", {}, "Connector"), make("pre", {}, JSON.stringify(topic.connector, null, 2))]
        : []),
      ...(schemas.length ? [make("h3", {}, "Schemas"), ...schemas] : []),
    ),
  );
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function summary(topic) {
  return [
    counted(topic.partitions, "partition"),
    topic.connector ? `connector ${topic.connector.status}` : "no connector",
    topic.schemas.length ? counted(topic.schemas.length, "schema") : "no schema",
  ].join(" · ");
}

const MOST_OPEN = 3;
let shownTopics = "";

function showTopics(topics) {
  const text = JSON.stringify(topics);
  if (text === shownTopics) return;
  const list = $("topics");
  // Whoever has opened something goes on reading it.
  const open = new Set([...list.querySelectorAll("details[open]")].map(place));
  const known = new Set([...list.children].map((card) => card.dataset.id));
  list.replaceChildren(...topics.map(topicCard));
  for (const each of list.querySelectorAll("details")) each.open = open.has(place(each));
  if (topics.length <= MOST_OPEN)
    for (const card of list.children) if (!known.has(card.dataset.id)) card.open = true;
  $("topic-count").textContent = topics.length ? String(topics.length) : "";
  $("no-topics").hidden = topics.length > 0;
  shownTopics = text;
}

const place = (details) =>
  `${details.closest(".card").dataset.id} ${details.classList.contains("card") ? "" : details.firstElementChild.textContent}`;

// --- the rest -------------------------------------------------------------------------------------

function showFacts(state) {
  const facts = [
    ["Both hosts", location.origin],
    ["Topic prefix", state.prefix || "none"],
    ...Object.entries(state.accounts).map(([key, account]) => [`Access key, ${account}`, key]),
  ].map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", { className: "mono" }, value)));
  $("facts").replaceChildren(...facts);
  const [key] = Object.keys(state.accounts);
  $("exports").textContent = [
    `export NCLOUD_ACCESS_KEY_ID=${key}`,
    "export NCLOUD_SECRET_ACCESS_KEY=…",
    `export NCLOUD_DATASTREAM_MANAGEMENT_URL=${location.origin}`,
    `export NCLOUD_DATASTREAM_MESSAGE_URL=${location.origin}`,
  ].join("\n");
}

let previous = null;

function show(state) {
  const isAnother =
    previous === null ||
    state.call_count < previous.call_count ||
    Object.keys(state.accounts).join() !== Object.keys(previous.accounts).join();
  if (isAnother) {
    $("calls").replaceChildren();
    showFacts(state);
  }
  showCalls(state, isAnother);
  showTopics(state.topics);
  previous = state;
}

function say(isLive) {
  $("live").className = isLive ? "on" : "off";
  $("live").textContent = isLive ? "live" : "the emulator does not answer; trying again";
}

let last = "";

async function refresh() {
  try {
    const answer = await fetch("/_emulator/state", { signal: AbortSignal.timeout(5 * SECOND) });
    const text = await answer.text();
    if (answer.ok && text !== last) show(JSON.parse(text));
    last = text;
    say(answer.ok);
  } catch {
    say(false);
  }
}

async function follow() {
  if (!document.hidden) await refresh();
  setTimeout(follow, SECOND);
}

$("only-refused").addEventListener("change", filter);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
follow();
