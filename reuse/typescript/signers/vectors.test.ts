// The signers for fetch and axios with the vectors and with the requests that a server receives;
// the error reader with its own vectors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import axios from "axios";
import { signRequests } from "../axios-signer.js";
import { readError } from "../errors.js";
import { signatureHeaders, signedFetch } from "../signed-fetch.js";

const keys = { accessKey: "AK_TEST", secretKey: "SK_TEST" };
const read = (name: string) => JSON.parse(readFileSync(`../../../tests/vectors/${name}`, "utf8"));
const vectors: Record<string, string>[] = read("signature-v2.json");
const errors: Record<string, any>[] = read("errors.json");

test("there are vectors", () => assert.ok(vectors.length > 50 && errors.length > 50));

for (const { name, method, target, timestamp, access_key, secret_key, signature } of vectors) {
  test(name, async () => {
    const pair = { accessKey: access_key, secretKey: secret_key };
    const headers = await signatureHeaders(pair, method, target, Number(timestamp));
    assert.equal(headers["x-ncp-apigw-signature-v2"], signature);
    assert.equal(headers["x-ncp-apigw-timestamp"], String(timestamp));
    assert.equal(headers["x-ncp-iam-access-key"], access_key);
  });
}

for (const { name, server, status, body, error } of errors) {
  test(`error ${name}`, () => {
    const { code, gateway_code, retryable } = error ?? {};
    const expected = error && { code, gatewayCode: gateway_code, retryable };
    assert.deepEqual(readError(server, status, body), expected);
  });
}

test("what fetch and axios sign is what they send", async (context) => {
  const seen: [string, string, Promise<string>][] = [];
  const server = createServer((request, response) => {
    const [timestamp, found] = ["timestamp", "signature-v2"].map(
      (part) => request.headers[`x-ncp-apigw-${part}`] as string,
    );
    const ours = signatureHeaders(keys, request.method!, request.url!, Number(timestamp));
    seen.push([request.url!, found, ours.then((each) => each["x-ncp-apigw-signature-v2"])]);
    response.writeHead(302, { Location: "/elsewhere" }).end();
  });
  context.after(() => server.close().closeAllConnections());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = signedFetch(keys);
  const client = signRequests(axios.create({ baseURL: base, validateStatus: null }), keys);
  const targets = ["/a?q=가 b+c%25'\"", "/가/%2F?", "/a/../b?x=&y", "/api/v1/topics"];
  for (const target of targets) {
    for (const method of ["GET", "POST"]) {
      const body = method === "POST" ? "{}" : undefined;
      assert.equal((await send(base + target, { method, body })).status, 302);
      assert.equal((await client.request({ url: target, method, data: body })).status, 302);
    }
  }
  const params = { q: "주문 +50%", list: ["a b", "c[d]"], at: new Date(0) };
  assert.equal((await client.get("/p", { params })).status, 302);
  assert.equal(seen.length, 4 * targets.length + 1); // and no redirect was followed
  for (const [target, found, expected] of seen) assert.equal(found, await expected, target);
});
