// Reads the error in a response of Data Stream, in every format. It never throws.
// Tested with tests/vectors/errors.json, as the Python client is.

export interface ErrorBody {
  /** The service's code, one of ErrorCode or a new one. */
  code: string | null;
  /** The gateway's code, one of GatewayErrorCode or a new one. */
  gatewayCode: string | null;
  /** Whether a retry of the same request can succeed. */
  retryable: boolean;
}

type Fields = Record<string, unknown>;

// The statuses of the gateway's retryable codes.
const gatewayStatus: Fields = { 400: 429, 410: 429, 420: 429, 500: 503, 510: 504 };

/** Reads a response: null for a success. `host` is the host that responded. */
export function readError(
  host: "management" | "message",
  status: number,
  body: string,
): ErrorBody | null {
  const said = fields(parse(body)) ?? {};
  const error = fields(said.error);
  const gatewayCode = error ? asText(error.errorCode) : null;
  let effective: unknown = status;
  if (status < 300) {
    const told = host === "message" ? Number(said.status ?? 0) : 0;
    const foreign = fields(said.responseError) ?? (asText(said.errorCode) ?? "0") !== "0";
    if (!error && !text(said.error) && !foreign && !(told >= 400)) return null;
    effective = gatewayCode ? gatewayStatus[gatewayCode] : told;
  }
  const others = [said.responseError, said.errorCode, said.msg];
  const code = error || others.some((each) => each !== undefined) ? null : text(said.code);
  const again = [429, 502, 503, 504].some((each) => each === effective);
  return { code, gatewayCode, retryable: again && code !== "LimitExceeded" };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function fields(value: unknown): Fields | null {
  const some = typeof value === "object" && value !== null && !Array.isArray(value);
  return some && Object.keys(value).length ? (value as Fields) : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}

function asText(value: unknown): string | null {
  return typeof value === "number" ? String(value) : text(value);
}
