// The emulator's page in Chromium: what it shows without being reloaded, and its forms.
//
//   node page.mjs ORIGIN ACCESS_KEY SECRET_KEY TOPIC
//
// The emulator at ORIGIN has the topic, CREATED; everything else happens here. If PAGE_SCREENSHOTS
// names a folder, a screenshot for the documentation is saved there as emulator.png.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import path from "node:path";

import { browse, noSidewaysScroll, screenshot } from "../browser/common.mjs";

const [origin, accessKey, secretKey, topic] = process.argv.slice(2);
const XSS = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>";

// Signs `signed` and sends `target`, which are equal by default.
async function call(method, target, { signed = `${method} ${target}`, tail = "", body, base64 = true } = {}) {
  const timestamp = String(Date.now());
  const text = `${signed}\n${timestamp}\n${accessKey}${tail}`;
  const signature = createHmac("sha256", secretKey).update(text).digest(base64 ? "base64" : "hex");
  return fetch(origin + target, {
    method,
    body: body && JSON.stringify(body),
    headers: {
      "x-ncp-apigw-timestamp": timestamp,
      "x-ncp-iam-access-key": accessKey,
      "x-ncp-apigw-signature-v2": signature,
    },
  });
}

// Resets, creates a topic, sends messages and searches: with labels and with the keyboard.
async function useForms(open) {
  const page = await open("/", { expected: /400/ });
  const other = await open("/");
  const counts = (selector) => page.locator(`${selector}:visible`).count();
  await page.locator("#topics .card").waitFor();

  // Escape leaves the dialog without a reset.
  await page.getByRole("button", { name: "Reset…" }).press("Enter");
  await page.getByRole("dialog", { name: "Reset the emulator?" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await counts("#topics .card"), 1);
  await page.getByRole("button", { name: "Reset…" }).click();
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  for (const each of [page, other]) {
    await each.getByText("There are no topics yet.").waitFor();
    await each.getByText("There are no calls yet.").waitFor();
  }

  const create = page.locator("#create");
  await create.locator("summary").press("Enter");
  const prefix = topic.replace("orders", "");
  assert.equal(await create.getByLabel("Name").inputValue(), prefix);
  await create.getByLabel("Name").press("Enter");
  await create.getByText("name must be").waitFor();
  await create.getByLabel("Name").fill(topic);
  await create.getByLabel("Partitions").fill("3");
  await create.getByLabel("Description").fill("incoming");
  await create.getByLabel("Name").press("Enter");
  await create.getByText(`Topic ${topic} was created.`).waitFor();
  await page.locator("#topics .pill", { hasText: "CREATED" }).waitFor();

  const form = page.locator("#send");
  await form.locator("summary").press("Enter");
  for (const [key, value] of [["42", "shipped"], ["43", "paid"]]) {
    await form.getByLabel("Key").fill(key);
    await form.getByLabel("Value").fill(value);
    await form.getByLabel("Partition").fill("1");
    await form.getByRole("button").click();
    await page.locator("#topics .message", { hasText: value }).waitFor();
  }
  await form.getByText(`The message was sent to ${topic}.`).waitFor();
  await page.locator("#topics").getByText("partition 1, offset 1, key 43").waitFor();

  // Search looks at topics, messages and calls.
  assert.equal((await send("packed", "44")).status, 200);
  await call("GET", "/api/v1/topics", { tail: "\n" });
  await page.locator("#calls .card").nth(1).waitFor();
  const search = page.getByLabel("Search");
  for (const [words, calls, topics, messages] of [
    ["SHIPPED", 0, 1, 1],
    ["packed", 1, 1, 1],
    ["line feed follows", 1, 0, 0],
    ["incoming", 0, 1, 3],
    ["nowhere", 0, 0, 0],
    ["", 2, 1, 3],
  ]) {
    await search.fill(words);
    const found = [await counts("#calls .card"), await counts("#topics .card"), await counts(".message")];
    assert.deepEqual(found, [calls, topics, messages], words);
    const said = words && `${calls} of 2 calls, ${topics} of 1 topic`;
    assert.equal(await page.locator("#found").innerText(), said);
  }
  await search.fill("nowhere");
  await page.getByText("No call matches.").waitFor();
  await page.getByText("No topic matches.").waitFor();
  await search.fill("");

  for (const each of [create, form]) await each.locator("summary").click();
  const folder = process.env.PAGE_SCREENSHOTS;
  if (!folder) return;
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(folder, "emulator.png") });
}

const send = (value, key = "열쇠") => call("POST", "/api/produce", { body: { topic, key, value } });

await browse(origin, async (open) => {
  const page = await open("/");
  const text = (selector) => page.locator(selector).innerText();
  const appears = (words, where = "body") => page.locator(where).getByText(words).first().waitFor();

  // So far the topic has been created.
  await appears("Live", "#live");
  await appears(topic, "#topics");
  await appears(origin, "#facts");
  assert.equal(await page.title(), "Data Stream emulator");

  // Messages appear without a reload and as text; their calls name topic and key.
  assert.equal((await send("안녕하세요")).status, 200);
  assert.equal((await send(XSS)).status, 200);
  await appears("안녕하세요", "#topics");
  await appears(XSS, "#topics");
  const named = page.locator("#calls .named").first();
  assert.equal(await named.innerText(), `topic ${topic}, key 열쇠`);

  // A call with an invalid signature appears opened, with the reason.
  const query = "/api/v1/topics?searchText=%EC%A3%BC%EB%AC%B8%20a";
  assert.equal((await call("GET", query, { signed: "GET /api/v1/topics" })).status, 401);
  const card = page.locator(".card.bad").first();
  await card.getByText("The signature fits if the query is left out.").first().waitFor();
  assert.ok(await card.evaluate((element) => element.open));
  const [expected, signed] = await card.locator(".pair pre.text").all();
  const lines = async (locator) => (await locator.evaluate((pre) => pre.textContent)).split("\n");
  assert.deepEqual((await lines(expected)).toSpliced(1, 1), [`GET ${query}`, accessKey]);
  assert.deepEqual((await lines(signed)).toSpliced(1, 1), ["GET /api/v1/topics", accessKey]);
  assert.equal(await expected.locator("mark").textContent(), "?searchText=%EC%A3%BC%EB%AC%B8%20a");
  assert.equal(await expected.locator(".nl").count(), 2);

  // The bytes, and the command that prints the correct signature.
  await card.getByText("Bytes").first().click();
  await appears("0000  47 45 54 20 2f 61 70 69  GET·/api", ".card.bad");
  await card.getByText("Compute the signature in a shell").click();
  const command = await card.getByText("openssl dgst").textContent();
  const printed = execFileSync("bash", ["-c", command], {
    env: { ...process.env, NCLOUD_SECRET_ACCESS_KEY: secretKey },
    encoding: "utf8",
  });
  const toSign = await expected.evaluate((pre) => pre.textContent);
  assert.equal(printed, `${createHmac("sha256", secretKey).update(toSign).digest("base64")}\n`);

  // The comparison with one's own string.
  await card.getByText("Compare with your string to sign").click();
  const own = card.locator("textarea");
  const right = (await lines(expected)).join("\n");
  await own.fill(right.replace("GET", "PUT"));
  assert.equal(await card.locator("[role=status] mark").textContent(), "PUT");
  await own.fill(right);
  await card.getByText("Identical. Check the secret key").waitFor();

  // A new call neither closes the card that is open nor clears its input.
  assert.equal((await call("GET", query, { base64: false, tail: "\n" })).status, 401);
  await appears("The signature fits if a line feed follows the access key and it is hexadecimal.");
  const reading = page.locator(".card[open]", { has: page.locator("textarea") });
  assert.equal(await reading.locator("textarea").inputValue(), right);

  // A path without an operation, with markup in it.
  await call("GET", `/api/v1/${encodeURIComponent(XSS)}?<b>`);
  await appears("This host of Data Stream has no operation at");
  assert.equal((await call("GET", "/api/v1/topics")).status, 200);
  await page.locator(".card .pill.good", { hasText: "200" }).first().waitFor();

  await page.getByLabel("Errors only").check();
  assert.equal(await page.locator(".card:visible .pill.good", { hasText: "200" }).count(), 0);
  await page.getByLabel("Errors only").uncheck();

  assert.equal(await page.title(), "Data Stream emulator");
  assert.equal(await page.locator("body img, body script").count(), 0);
  assert.ok(!(await page.content()).includes(secretKey));
  assert.ok(!(await text("body")).includes("undefined"));
  await noSidewaysScroll(page);
  await screenshot(page, "emulator");

  for (const [width, dark] of [
    [390, false],
    [390, true],
    [1400, false],
    [1280, true],
  ]) {
    const other = await open("/", { width, dark });
    await other.locator(".card[open] pre.text").first().waitFor();
    for (const each of await other.locator(".card[open] details > summary").all()) await each.click();
    for (const form of ["#create", "#send"]) await other.locator(`${form} > summary`).click();
    await noSidewaysScroll(other);
    await screenshot(other, dark ? "emulator-dark" : "emulator");
  }
  await useForms(open);
});
