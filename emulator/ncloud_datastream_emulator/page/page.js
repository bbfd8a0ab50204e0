// Shows the response of GET /_emulator/state, once a second. Everything that clients sent is
// inserted as text, never as markup.

import { connect, showChoices } from "./actions.js";
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
  return Number.isNaN(date.getTime()) ? "not a date" : date.toISOString().replace("T", " ").replace("Z", " UTC");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reason(call) {
  if (call.is_lost) return "The response was not sent because of a fault.";
  if (call.status < 400) return "";
  const body = parsed(call.answer);
  const details = body?.error?.details ?? body?.detail;
  return typeof details === "string" ? details : call.answer;
}

// One line about a call: for an invalid signature the diagnosis alone, since the error body also
// explains signatures in general.
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
  // Filled when opened, since most cards never are.
  const fill = () => {
    if (call.diagnosis) inside.append(verdict(call), parts(call, accounts), ...strings(call.diagnosis));
    const request = make("dl", { className: "parts" });
    request.append(
      ...definition("Operation", call.operation ?? "no operation has this path and method"),
      ...definition("Received", moment(call.time * SECOND)),
      ...definition("Headers", call.header_names.join(", ")),
    );
    const bodies = [
      ["Body", call.body],
      ["Response", call.answer],
    ].flatMap(([title, text]) => (text ? [make("h3", {}, title), make("pre", {}, text)] : []));
    if (call.diagnosis) inside.append(more("Request and response", request, ...bodies));
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
      call.message ? named(call.message) : null,
      why ? make("p", { className: "why" }, why) : null,
    ),
    inside,
  );
  card.addEventListener("toggle", () => card.open && !inside.hasChildNodes() && fill());
  card.dataset.failed = call.status >= 400;
  searchable.set(card, [
    [call.status, call.method, call.target, call.operation, call.body, call.answer, why].join("\n"),
    ...Object.values(call.message ?? {}),
  ]);
  return card;
}

const named = ({ topic, key }) =>
  make("p", { className: "why named" }, "topic ", make("code", {}, topic), ", key ", make("code", {}, key));

function showCalls(state, isFirst) {
  const list = $("calls");
  const known = new Set([...list.children].map((card) => Number(card.dataset.number)));
  const fresh = state.calls.filter((call) => !known.has(call.number));
  list.prepend(...fresh.map((call) => callCard(call, state.accounts)));
  const oldest = state.calls.at(-1)?.number ?? Infinity;
  for (const card of [...list.children]) if (Number(card.dataset.number) < oldest) card.remove();
  // The newest invalid signature is the most likely reason to look at this page.
  const wrong = fresh.find((call) => call.diagnosis);
  if (wrong && (isFirst || !list.querySelector(":scope > [open]")))
    list.querySelector(`:scope > [data-number="${wrong.number}"]`).open = true;
  $("call-count").textContent = state.call_count ? String(state.call_count) : "";
  $("no-calls").hidden = state.call_count > 0;
  filter();
}

// --- search ---------------------------------------------------------------------------------------

// The texts in which an element is searched.
const searchable = new WeakMap();

function matches(element) {
  const wanted = $("search").value.trim().toLowerCase();
  return searchable.get(element).some((text) => String(text).toLowerCase().includes(wanted));
}

function filter() {
  const calls = [...$("calls").children];
  for (const card of calls)
    card.hidden = ($("only-errors").checked && card.dataset.failed !== "true") || !matches(card);
  const topics = [...$("topics").children];
  for (const card of topics) {
    const messages = [...card.querySelectorAll(".message")];
    const isWhole = matches(card);
    for (const message of messages) message.hidden = !isWhole && !matches(message);
    card.hidden = !isWhole && messages.every((message) => message.hidden);
  }
  const shown = (cards) => cards.filter((card) => !card.hidden).length;
  $("no-match").hidden = calls.length === 0 || shown(calls) > 0;
  $("no-topic-match").hidden = topics.length === 0 || shown(topics) > 0;
  const found = `${shown(calls)} of ${counted(calls.length, "call")}, ${shown(topics)} of ${counted(topics.length, "topic")}`;
  const text = $("search").value.trim() ? found : "";
  if ($("found").textContent !== text) $("found").textContent = text;
}

// --- topics ---------------------------------------------------------------------------------------

function topicCard(topic) {
  const facts = make("dl", { className: "parts" });
  facts.append(
    ...definition("Id", topic.id),
    ...definition("Created", topic.created),
    ...definition("Retention", `${topic.retention_ms / 3_600_000} h`),
    ...(topic.description ? definition("Description", topic.description) : []),
  );
  const messages = topic.messages.map((message) => {
    const element = make(
      "div",
      { className: "message" },
      make("div", { className: "where" }, `partition ${message.partition}, offset ${message.offset}, key `, make("code", {}, message.key)),
      make("div", { className: "value" }, message.value),
    );
    searchable.set(element, [message.key, message.value]);
    return element;
  });
  const left = topic.message_count - topic.messages.length;
  const schemas = topic.schemas.map((schema) =>
    more(`Version ${schema.version}, ${schema.type}, id ${schema.id}`, make("pre", {}, schema.text)),
  );
  const card = make(
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
      ...(messages.length ? messages : [make("p", { className: "hint" }, "There are no messages yet.")]),
      make("h3", {}, "Topic"),
      facts,
      ...(topic.connector
        ? [make("h3", {}, "Connector"), make("pre", {}, JSON.stringify(topic.connector, null, 2))]
        : []),
      ...(schemas.length ? [make("h3", {}, "Schemas"), ...schemas] : []),
    ),
  );
  searchable.set(card, [topic.id, topic.name, topic.description, ...topic.schemas.map(({ text }) => text)]);
  return card;
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
  // Cards that are open stay open.
  const open = new Set([...list.querySelectorAll("details[open]")].map(place));
  const known = new Set([...list.children].map((card) => card.dataset.id));
  list.replaceChildren(...topics.map(topicCard));
  for (const each of list.querySelectorAll("details")) each.open = open.has(place(each));
  if (topics.length <= MOST_OPEN)
    for (const card of list.children) if (!known.has(card.dataset.id)) card.open = true;
  $("topic-count").textContent = topics.length ? String(topics.length) : "";
  $("no-topics").hidden = topics.length > 0;
  showChoices(topics);
  shownTopics = text;
  filter();
}

const place = (details) =>
  `${details.closest(".card").dataset.id} ${details.classList.contains("card") ? "" : details.firstElementChild.textContent}`;

// --- the rest -------------------------------------------------------------------------------------

function showFacts(state) {
  const facts = [
    ["URL of both hosts", location.origin],
    ["Topic prefix", state.prefix || "none"],
    ...Object.entries(state.accounts).map(([key, account]) => [`Access key, ${account}`, key]),
  ].map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", { className: "mono" }, value)));
  $("facts").replaceChildren(...facts);
  $("create-name").value ||= state.prefix;
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
    state.resets !== previous.resets ||
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
  $("live").textContent = isLive ? "Live" : "No connection to the emulator; retrying";
}

let last = "";

async function refresh() {
  try {
    const response = await fetch("/_emulator/state", { signal: AbortSignal.timeout(5 * SECOND) });
    const text = await response.text();
    if (response.ok && text !== last) show(JSON.parse(text));
    last = text;
    say(response.ok);
  } catch {
    say(false);
  }
}

async function follow() {
  if (!document.hidden) await refresh();
  setTimeout(follow, SECOND);
}

$("only-errors").addEventListener("change", filter);
$("search").addEventListener("input", filter);
connect(refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
follow();
