import type { Auth, Idempotency, Policy, Rate, RateScope } from "@gantry/kernel";

/** A policy as it is written, with names as in policy.proto, and a way to say what is wrong with it. */
export interface WrittenPolicy {
  readonly fields: Readonly<Record<string, unknown>>;
  refuse(problem: string, advice: string): void;
}

const auths: readonly Auth[] = ["PUBLIC", "SESSION", "SERVICE"];
const idempotencies: readonly Idempotency[] = ["NO_SIDE_EFFECTS", "KEYED", "NONE"];
const scopes: readonly RateScope[] = ["USER", "ADDRESS", "TOTAL"];

/** Reads and checks a policy. Reports everything that is wrong and answers undefined then. */
export function readPolicy(written: WrittenPolicy): Policy | undefined {
  onlyKnown(written, ["auth", "deadline_ms", "idempotency", "retry", "rate", "client_rate", "callers"]);
  const auth = oneOf(written, "auth", auths);
  const deadlineMs = whole(written, "deadline_ms", 1, 300_000);
  const idempotency = oneOf(written, "idempotency", idempotencies);
  const retryAttempts = readRetry(written, idempotency);
  const rate = readRate(written, "rate", auth);
  const clientRate = readRate(written, "client_rate", auth);
  const callers = readCallers(written, auth);
  if (auth === undefined || deadlineMs === undefined || idempotency === undefined) return undefined;
  if (retryAttempts === undefined) return undefined;
  return {
    auth,
    ...(callers && { callers }),
    deadlineMs,
    idempotency,
    retryAttempts,
    ...(rate && { rate }),
    ...(clientRate && { clientRate }),
  };
}

const MAX_CALLERS = 16;
const serviceName = /^[a-z][a-z0-9-]{0,62}$/;

/** Whom a SERVICE operation is for. Any service would do otherwise, and the weakest one would open it to its intruder. */
function readCallers(written: WrittenPolicy, auth: Auth | undefined): readonly string[] | undefined {
  const callers = written.fields.callers ?? [];
  if (!isListOfNames(callers)) {
    written.refuse(
      `The policy's callers is ${JSON.stringify(callers)}.`,
      `List 1 to ${MAX_CALLERS} services, each once: lower-case letters, digits and dashes.`,
    );
    return undefined;
  }
  if (auth === "SERVICE" && callers.length === 0) {
    written.refuse("The policy's callers is not stated.", "List the services that may call the operation.");
  }
  if (auth !== "SERVICE" && auth !== undefined && callers.length > 0) {
    written.refuse(`${auth} asks for no service, so callers means nothing.`, "Take callers out, or say SERVICE.");
  }
  return callers.length === 0 ? undefined : callers;
}

const isListOfNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length <= MAX_CALLERS &&
  new Set(value).size === value.length &&
  value.every((name) => typeof name === "string" && serviceName.test(name));

function readRetry(written: WrittenPolicy, idempotency: Idempotency | undefined): number | undefined {
  const retry = part(written, "retry");
  if (retry === undefined) return 1;
  onlyKnown(retry, ["attempts"]);
  const attempts = whole(retry, "attempts", 1, 5);
  if (idempotency === "NONE" && attempts !== undefined && attempts > 1) {
    written.refuse("A retry repeats what is not idempotent.", "Take retry out, or make the operation KEYED.");
  }
  return attempts;
}

function readRate(written: WrittenPolicy, name: string, auth: Auth | undefined): Rate | undefined {
  const rate = part(written, name);
  if (rate === undefined) return undefined;
  onlyKnown(rate, ["per_second", "burst", "per"]);
  const perSecond = whole(rate, "per_second", 1, 100_000);
  const burst = whole(rate, "burst", 1, 100_000);
  const per = oneOf(rate, "per", scopes);
  if (per === "USER" && auth !== undefined && auth !== "SESSION") {
    written.refuse(
      `${name} counts per USER, but ${auth} has no user.`,
      "Count per ADDRESS or TOTAL, or ask for a SESSION.",
    );
  }
  return perSecond === undefined || burst === undefined || per === undefined ? undefined : { perSecond, burst, per };
}

function part(written: WrittenPolicy, name: string): WrittenPolicy | undefined {
  const value = written.fields[name];
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { fields: { ...value }, refuse: (problem, advice) => written.refuse(`${name}: ${problem}`, advice) };
  }
  written.refuse(`${name} is no object.`, "See gantry/policy/v1/policy.proto.");
  return undefined;
}

function oneOf<T extends string>(written: WrittenPolicy, name: string, allowed: readonly T[]): T | undefined {
  const value = written.fields[name];
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const what = value === undefined ? "is not stated" : `is ${JSON.stringify(value)}`;
  written.refuse(`The policy's ${name} ${what}.`, `Say one of ${allowed.join(", ")}.`);
  return undefined;
}

function whole(written: WrittenPolicy, name: string, from: number, to: number): number | undefined {
  const value = written.fields[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) return value;
  const what = value === undefined ? "is not stated" : `is ${JSON.stringify(value)}`;
  written.refuse(`The policy's ${name} ${what}.`, `Say a whole number from ${from} to ${to}.`);
  return undefined;
}

function onlyKnown(written: WrittenPolicy, known: readonly string[]): void {
  for (const name of Object.keys(written.fields)) {
    if (known.includes(name)) continue;
    written.refuse(`A policy has no ${JSON.stringify(name)}.`, `It has ${known.join(", ")}.`);
  }
}
