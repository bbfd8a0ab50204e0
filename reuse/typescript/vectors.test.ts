// The signer with the shared vectors, and with the requests that a server receives.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { signatureHeaders, signer } from "./signer.js";

const keys = { accessKey: "AK_TEST", secretKey: "SK_TEST" };
const file = "../../../tests/vectors/signature-v2.json"; // from the folder of either generator
const vectors: Record<string, string>[] = JSON.parse(readFileSync(file, "utf8"));

test("there are vectors", () => assert.ok(vectors.length > 50));

for (const { name, method, target, timestamp, access_key, secret_key, signature } of vectors) {
  test(name, () => {
    const pair = { accessKey: access_key, secretKey: secret_key };
    const headers = signatureHeaders(pair, method, target, Number(timestamp));
    assert.equal(headers["x-ncp-apigw-signature-v2"], signature);
    assert.equal(headers["x-ncp-apigw-timestamp"], String(timestamp));
    assert.equal(headers["x-ncp-iam-access-key"], access_key);
  });
}

test("what is signed is what is sent", async (context) => {
  const seen: [string, string, string][] = [];
  const server = createServer((request, response) => {
    const [timestamp, found] = ["timestamp", "signature-v2"].map(
      (part) => request.headers[`x-ncp-apigw-${part}`] as string,
    );
    const ours = signatureHeaders(keys, request.method!, request.url!, Number(timestamp));
    seen.push([request.url!, found, ours["x-ncp-apigw-signature-v2"]]);
    response.writeHead(302, { Location: "/elsewhere" }).end();
  });
  context.after(() => server.close().closeAllConnections());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { onRequest, pre } = signer(keys);
  const targets = ["/a?q=가 b+c%25'\"", "/가/%2F?", "/a/../b?x=&y", "/api/v1/topics"];
  for (const target of targets) {
    for (const method of ["GET", "POST"]) {
      const init = { method, body: method === "POST" ? "{}" : undefined };
      assert.equal((await fetch(onRequest({ request: new Request(base + target, init) }))).status, 302);
      const { url, init: signed } = await pre({ url: base + target, init });
      assert.equal((await fetch(url, signed)).status, 302);
    }
  }
  assert.equal(seen.length, 4 * targets.length); // and no redirect was followed
  for (const [target, found, expected] of seen) assert.equal(found, expected, target);
});
