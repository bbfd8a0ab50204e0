// fetch, signed with WebCrypto: for Deno, Bun, workers, Node.js and, if the keys may be public,
// browsers. It has no imports.

export interface Keys {
  accessKey: string;
  secretKey: string;
}

/** The headers of a signed request; `target` is path and query exactly as sent. */
export async function signatureHeaders(
  keys: Keys,
  method: string,
  target: string,
  timestamp: number,
) {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey("raw", bytes(keys.secretKey), algorithm, false, ["sign"]);
  const text = `${method} ${target}\n${timestamp}\n${keys.accessKey}`;
  const signature = new Uint8Array(await subtle.sign("HMAC", key, bytes(text)));
  return {
    "x-ncp-apigw-timestamp": String(timestamp),
    "x-ncp-iam-access-key": keys.accessKey,
    "x-ncp-apigw-signature-v2": btoa(String.fromCharCode(...signature)),
  };
}

/**
 * A signing fetch, for every client that accepts a fetch function.
 *
 * Redirects are not followed: they would forward the signature to another host.
 */
export function signedFetch(keys: Keys, send: typeof fetch = fetch): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url); // the request target that fetch sends
    const target = pathname + search;
    const headers = new Headers(request.headers);
    const ours = await signatureHeaders(keys, request.method, target, Date.now());
    for (const [name, value] of Object.entries(ours)) headers.set(name, value);
    return send(new Request(request, { headers, redirect: "manual" }));
  };
}
