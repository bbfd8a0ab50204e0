// The built documentation in Chromium: pages render, search finds, the REST reference is whole.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { browse, noSidewaysScroll, screenshot } from "../browser/common.mjs";

const [origin] = process.argv.slice(2);
const root = path.resolve(import.meta.dirname, "../..");
const sitemap = await readFile(path.join(root, "build/site/search/search_index.json"), "utf8");
const pages = [...new Set(JSON.parse(sitemap).docs.map((each) => each.location.split("#")[0]))];
assert.ok(pages.length > 15, `only ${pages.length} pages`);

await browse(origin, async (open) => {
  // Every page, as narrow as a telephone.
  for (const target of pages) {
    const page = await open(`/${target}`, { width: 390 });
    await page.locator("h1").first().waitFor();
    await noSidewaysScroll(page);
    await page.context().close();
  }

  for (const width of [390, 1280]) {
    for (const [name, target] of [
      ["start", "/index.html"],
      ["testing", "/howto/testing.html"],
      ["clients", "/reference/clients.html"],
      ["models", "/reference/models.html"],
      ["errors", "/reference/errors.html"],
      ["delivery", "/delivery.html"],
    ]) {
      const page = await open(target, { width });
      await page.locator("h1").first().waitFor();
      await noSidewaysScroll(page);
      await screenshot(page, `docs-${name}`);
      await page.context().close();
    }
  }

  // Search finds what a page says.
  const start = await open("/index.html");
  // Typed, key by key: the search listens to keys, not to a value that is set.
  await start.locator(".md-search__input").first().pressSequentially("maybe_delivered");
  await start.locator(".md-search-result__link").first().waitFor();
  assert.ok((await start.locator(".md-search-result__link").count()) >= 2);
  await start.context().close();

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
