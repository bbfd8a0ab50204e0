// Opens pages in the system's Chromium and checks what every page here promises: no errors on the
// console, no failed request, and no request that leaves the host.
//
//   await browse(origin, async (open) => {
//     const page = await open("/index.html", { width: 390 });
//     await noSidewaysScroll(page);
//     await screenshot(page, "start");
//   });
//
// Needs install.sh to have run; CHROMIUM names another browser than /usr/bin/chromium.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
const require = createRequire(path.join(root, ".cache/browser/"));

const HEIGHTS = { 390: 844, 1280: 800 };
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Only loopback names resolve.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE [::1], EXCLUDE localhost",
];

// Runs `visit(open)`, where `open(path, options)` gives a Playwright page at `origin`; options are
// `width` (1280), `dark` (false) and `expected`, a pattern of problems that are part of the test.
export async function browse(origin, visit) {
  const { chromium } = require("playwright-core");
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: FLAGS,
  });
  const problems = [];
  const open = async (target, { width = 1280, dark = false, expected = /(?!)/ } = {}) => {
    const context = await browser.newContext({
      viewport: { width, height: HEIGHTS[width] ?? 800 },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const report = (problem) => expected.test(problem) || problems.push(`${target}: ${problem}`);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) report(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => report(`uncaught: ${error}`));
    page.on("requestfailed", (request) =>
      report(`failed: ${request.url()}: ${request.failure()?.errorText}`),
    );
    page.on("response", (response) => {
      if (response.status() >= 400) report(`${response.status()}: ${response.url()}`);
    });
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== new URL(origin).origin)
        report(`leaves the host: ${url}`);
    });
    await page.goto(new URL(target, origin).href);
    return page;
  };
  try {
    await visit(open);
  } finally {
    await browser.close();
  }
  assert.deepEqual(problems, []);
}

export async function noSidewaysScroll(page) {
  const fits = await page.evaluate(
    ({ documentElement: root } = document) => root.scrollWidth <= root.clientWidth,
  );
  if (fits) return;
  const { scroll, client, widest } = await page.evaluate(() => {
    // An element can be narrow and its text wide; an element with a scroll bar of its own is fine.
    const right = (element) => {
      const { left, right } = element.getBoundingClientRect();
      const scrolls = getComputedStyle(element).overflowX !== "visible";
      return scrolls ? right : Math.max(right, left + element.scrollWidth);
    };
    const elements = [...document.body.querySelectorAll("*")];
    const found = elements.reduce((one, two) => (right(two) >= right(one) ? two : one));
    return {
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
      widest: found.cloneNode(false).outerHTML,
    };
  });
  assert.fail(
    `${page.url()} is ${scroll} px wide in a window of ${client} px because of ${widest}`,
  );
}

// Saves the whole page as build/screenshots/NAME-WIDTH.png.
export async function screenshot(page, name) {
  const folder = path.join(root, "build/screenshots");
  await mkdir(folder, { recursive: true });
  await page.screenshot({
    path: path.join(folder, `${name}-${page.viewportSize().width}.png`),
    fullPage: true,
  });
}
