// The emulator's page in Chromium: what it shows, and that it shows it without being reloaded.
//
//   node page.mjs ORIGIN ACCESS_KEY SECRET_KEY TOPIC
//
// The emulator at ORIGIN has the topic, CREATED; everything else happens here.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";

import { browse, noSidewaysScroll, screenshot } from "../browser/common.mjs";

const [origin, accessKey, secretKey, topic] = process.argv.slice(2);
const XSS = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>";

// Signs `signed` and sends `target`: the same, for a call that is right.
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

const send = (value) => call("POST", "/api/produce", { body: { topic, key: "열쇠", value } });

await browse(origin, async (open) => {
  const page = await open("/");
  const text = (selector) => page.locator(selector).innerText();
  const appears = (words, where = "body") => page.locator(where).getByText(words).first().waitFor();

  // Nothing has happened yet but the making of the topic.
  await appears("live", "#live");
  await appears(topic, "#topics");
  await appears(origin, "#facts");
  assert.equal(await page.title(), "Data Stream emulator");

  // A message appears by itself, and as text.
  assert.equal((await send("안녕하세요")).status, 200);
  assert.equal((await send(XSS)).status, 200);
  await appears("안녕하세요", "#topics");
  await appears(XSS, "#topics");

  // So does a signature that is wrong, opened, with the reason.
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

  // The bytes, and what prints the right signature.
  await card.getByText("Bytes").first().click();
  await appears("0000  47 45 54 20 2f 61 70 69  GET·/api", ".card.bad");
  await card.getByText("Make the signature at a shell").click();
  const command = await card.getByText("openssl dgst").textContent();
  const printed = execFileSync("bash", ["-c", command], {
    env: { ...process.env, NCLOUD_SECRET_ACCESS_KEY: secretKey },
    encoding: "utf8",
  });
  const toSign = await expected.evaluate((pre) => pre.textContent);
  assert.equal(printed, `${createHmac("sha256", secretKey).update(toSign).digest("base64")}\n`);

  // One's own string beside it.
  await card.getByText("Compare with the string that your program signs").click();
  const own = card.locator("textarea");
  const right = (await lines(expected)).join("\n");
  await own.fill(right.replace("GET", "PUT"));
  assert.equal(await card.locator("[role=status] mark").textContent(), "PUT");
  await own.fill(right);
  await card.getByText("The same. What is left").waitFor();

  // What comes next does not close what is being read, nor take away what was written.
  assert.equal((await call("GET", query, { base64: false, tail: "\n" })).status, 401);
  await appears("The signature fits if a line feed follows the access key and it is hexadecimal.");
  const reading = page.locator(".card[open]", { has: page.locator("textarea") });
  assert.equal(await reading.locator("textarea").inputValue(), right);

  // A path that is none, with markup in it.
  await call("GET", `/api/v1/${encodeURIComponent(XSS)}?<b>`);
  await appears("This host of Data Stream has no operation at");
  assert.equal((await call("GET", "/api/v1/topics")).status, 200);
  await page.locator(".card .pill.good", { hasText: "200" }).first().waitFor();

  await page.getByLabel("only what was refused").check();
  assert.equal(await page.locator(".card:visible .pill.good", { hasText: "200" }).count(), 0);
  await page.getByLabel("only what was refused").uncheck();

  assert.equal(await page.title(), "Data Stream emulator");
  assert.equal(await page.locator("body img, body script").count(), 0);
  assert.ok(!(await page.content()).includes(secretKey));
  assert.ok(!(await text("body")).includes("undefined"));
  await noSidewaysScroll(page);
  await screenshot(page, "emulator");

  for (const [width, dark] of [
    [390, false],
    [390, true],
    [1280, true],
  ]) {
    const other = await open("/", { width, dark });
    await other.locator(".card[open] pre.text").first().waitFor();
    for (const each of await other.locator(".card[open] details > summary").all()) await each.click();
    await noSidewaysScroll(other);
    await screenshot(other, dark ? "emulator-dark" : "emulator");
  }
});
