// Shared by both programs of scenario.md: the inputs, and printing a step.

export const schema =
  '{"type":"record","name":"Order","fields":[{"name":"id","type":"long","doc":"주문 번호"}]}';
export const otherSchema =
  '{"type":"record","name":"Order","fields":[{"name":"total","type":"long"}]}';
export const connector = {
  consumerSpec: "SMALL",
  exportType: "OBJECT_STORAGE",
  location: "s3a://archive/주문",
  includeTopicInPath: true,
  roleNrn: "nrn:PUB:IAM::1234567:Role/archive",
} as const;

export const managementUrl = variable("NCLOUD_DATASTREAM_MANAGEMENT_URL");
export const messageUrl = variable("NCLOUD_DATASTREAM_MESSAGE_URL");
export const keys = {
  accessKey: variable("NCLOUD_ACCESS_KEY_ID"),
  secretKey: variable("NCLOUD_SECRET_ACCESS_KEY"),
};

/** An error response from the service or the gateway. */
export class Refusal extends Error {
  constructor(status: number, body: unknown) {
    const { code, error } = (body ?? {}) as { code?: string; error?: { errorCode?: string | number } };
    const words = [`error ${status}`, code, error?.errorCode && `gateway ${error.errorCode}`];
    super(words.filter(Boolean).join(" "));
  }
}

let number = 0;

/** Makes a call and prints its outcome. */
export async function step<T>(
  operation: string,
  call: Promise<T>,
  outcome: (answer: T) => unknown,
): Promise<T> {
  let came: unknown;
  let answer: T | undefined;
  try {
    answer = await call;
    came = outcome(answer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    came = error.message;
  }
  console.log(`${++number} ${operation} ${came}`);
  return answer as T;
}

/** Prepares the emulator's response to the next call of an operation. */
export async function order(operation_id: string, status: number, body: unknown): Promise<void> {
  const answer = await fetch(`${variable("NCLOUD_DATASTREAM_EMULATOR_URL")}/_emulator/answers`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ operation_id, status, body }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** The outcome of a response without a body. */
export function empty(answer: unknown): string {
  return answer === undefined ? "empty" : JSON.stringify(answer);
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
