// The built documentation in Chromium: pages fit the window, search finds, the REST viewer works.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { browse, noSidewaysScroll, screenshot } from "../browser/common.mjs";

const [origin] = process.argv.slice(2);
const root = path.resolve(import.meta.dirname, "../..");
const sitemap = await readFile(path.join(root, "build/site/search/search_index.json"), "utf8");
const pages = [...new Set(JSON.parse(sitemap).docs.map((each) => each.location.split("#")[0]))];
assert.ok(pages.length > 15, `only ${pages.length} pages`);

// What people look for, and the page that has to be among the first three that are found.
const QUERIES = [
  ["create_topic", /^reference\/clients/],
  ["exit code", /^howto\/shell/],
  ["retentionMs", /^reference\/rest/],
  ["maybe_delivered", /^howto\/errors/],
  ["No credentials found", /^troubleshooting/],
  ["kafka consumer", /^howto\/consume/],
  ["install", /^installation/],
  ["sub account", /^authentication/],
  ["토픽", /^ko/],
  ["トピック", /^ja/],
];

await browse(origin, async (open) => {
  // Leaving a page ends what it still loads.
  const expected = /net::ERR_ABORTED/;
  for (const width of [390, 1400]) {
    const page = await open("/index.html", { width, dark: width === 1400, expected });
    for (const target of pages) {
      await page.goto(new URL(target, origin).href);
      await page.locator("h1").first().waitFor();
      await noSidewaysScroll(page);
      if (/^(index|delivery|design|howto.bulk)\./.test(target))
        await screenshot(page, `docs-${target.replaceAll("/", "-")}`);
    }
    await page.context().close();
  }

  const page = await open("/index.html", { expected });
  for (const [query, wanted] of QUERIES) {
    await page.goto(new URL("/index.html", origin).href);
    // Typed key by key: the search listens to keys, not to a value that is set.
    await page.locator(".md-search__input").first().pressSequentially(query);
    let first = [];
    // The first results are those of the first letters.
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      const links = await page.$$eval(".md-search-result__item > .md-search-result__link", (all) =>
        all.map((link) => new URL(link.href).pathname.slice(1)),
      );
      first = [...new Set(links)].slice(0, 3);
      if (first.some((each) => wanted.test(each))) break;
      await page.waitForTimeout(100);
    }
    assert.ok(first.some((each) => wanted.test(each)), `${query}: ${first.join(", ")}`);
  }
  await page.context().close();

  // The REST reference shows every operation of the document.
  const document = JSON.parse(
    await readFile(path.join(root, "generated/ncloud_datastream_api/openapi.json"), "utf8"),
  );
  const summaries = Object.values(document.paths)
    .flatMap((item) => Object.entries(item))
    .filter(([method]) => ["get", "put", "post", "delete"].includes(method))
    .map(([, operation]) => operation.summary);
  assert.equal(summaries.length, 19);
  for (const width of [390, 1280]) {
    const rest = await open("/rest/index.html", { width });
    await rest.getByText("NAVER Cloud Platform Data Stream").first().waitFor();
    if (width === 1280) {
      for (const summary of summaries)
        await rest.locator("nav, aside").getByText(summary, { exact: true }).first().waitFor();
    }
    await noSidewaysScroll(rest);
    await rest.screenshot({ path: path.join(root, `build/screenshots/docs-rest-${width}.png`) });
    await rest.context().close();
  }
});
