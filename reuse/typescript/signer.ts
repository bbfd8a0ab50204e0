// Signs requests to Data Stream: sets three headers that sign the request target as sent.
import { createHmac } from "node:crypto";

export interface Keys {
  accessKey: string;
  secretKey: string;
}

/** The headers of a signed request; `target` is path and query exactly as sent. */
export function signatureHeaders(keys: Keys, method: string, target: string, timestamp: number) {
  const text = `${method} ${target}\n${timestamp}\n${keys.accessKey}`;
  return {
    "x-ncp-apigw-timestamp": String(timestamp),
    "x-ncp-iam-access-key": keys.accessKey,
    "x-ncp-apigw-signature-v2": createHmac("sha256", keys.secretKey).update(text).digest("base64"),
  };
}

/**
 * The middleware of both openapi-fetch (`onRequest`) and typescript-fetch (`pre`).
 *
 * Redirects are not followed: they would forward the signature to another host.
 */
export function signer(keys: Keys) {
  const signed = (url: string, method: string, init?: HeadersInit) => {
    const { pathname, search } = new URL(url); // the request target that fetch sends
    const headers = new Headers(init);
    const ours = signatureHeaders(keys, method, pathname + search, Date.now());
    for (const [name, value] of Object.entries(ours)) headers.set(name, value);
    return { headers, redirect: "manual" as const };
  };
  return {
    onRequest({ request }: { request: Request }) {
      return new Request(request, signed(request.url, request.method, request.headers));
    },
    async pre({ url, init }: { url: string; init: RequestInit }) {
      return { url, init: { ...init, ...signed(url, init.method ?? "GET", init.headers) } };
    },
  };
}
