// Creates topics, sends messages and resets the emulator.

import { $, make } from "./dom.js";

// Returns the error of a request, or null.
async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.ok ? null : (await response.json()).detail;
  } catch {
    return "There is no connection to the emulator.";
  }
}

function onSubmit(form, send) {
  const result = form.querySelector(".result");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const { error, done } = await send(Object.fromEntries(new FormData(form)));
    button.disabled = false;
    result.classList.toggle("failed", error !== null);
    result.textContent = error ?? done;
  });
}

export function connect(refresh) {
  onSubmit($("create").querySelector("form"), async ({ name, partitions, description }) => {
    const error = await post("/_emulator/topics", { name, partitions: Number(partitions), description });
    await refresh();
    return { error, done: `Topic ${name} was created.` };
  });
  onSubmit($("send").querySelector("form"), async ({ topic, key, value, partition }) => {
    const body = { topic, key, value, ...(partition === "" ? {} : { partition: Number(partition) }) };
    const error = await post("/_emulator/messages", body);
    await refresh();
    return { error, done: `The message was sent to ${topic}.` };
  });
  $("reset").addEventListener("click", () => {
    $("reset-error").textContent = "";
    $("confirm").showModal();
  });
  $("reset-cancel").addEventListener("click", () => $("confirm").close());
  $("reset-confirm").addEventListener("click", async () => {
    const error = await post("/_emulator/reset", {});
    await refresh();
    $("reset-error").textContent = error ?? "";
    if (error === null) $("confirm").close();
  });
}

// Offers the topics in the form for messages, and keeps the choice.
export function showChoices(topics) {
  const list = $("send-topic");
  const names = topics.map(({ name }) => name);
  if (names.join() === [...list.options].map(({ value }) => value).join()) return;
  const chosen = list.value;
  list.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  if (names.includes(chosen)) list.value = chosen;
}
