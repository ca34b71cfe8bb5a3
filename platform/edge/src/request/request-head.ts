import { SessionCarriers, type SessionToken, sessionFields } from "./session-token.ts";

/** The headers of a request, read once. */
export interface RequestHead {
  /** What may go on to a service: names in lower case and values in turn, in order, repeats kept. Without `host`. */
  readonly fields: string[];
  readonly session: SessionToken;
  /** Those that decide something here, as they came. Of a repeated one, the first. */
  readonly known: KnownFields;
  /** Whether there is something in it that no client may send. */
  readonly isRefused: boolean;
}

/** The fields that a gateway itself reads. */
export type KnownFields = { readonly [Name in KnownName]?: string };

const knownNames = [
  "access-control-request-method",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connection",
  "content-type",
  "grpc-timeout",
  "host",
  "origin",
  "te",
  "traceparent",
  "tracestate",
  "transfer-encoding",
  "x-request-id",
] as const;
type KnownName = (typeof knownNames)[number];

const isKnown: ReadonlySet<string> = new Set(knownNames);

/** For one connection only (RFC 9110, 7.6.1), or made anew by each side. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What only the gateway and the services behind it say, and what the gateway says anew. */
const reserved: ReadonlySet<string> = new Set(["forwarded", "traceparent", "tracestate", "x-real-ip", "x-request-id"]);
const reservedPrefixes = ["x-gantry-", "x-user-", "x-forwarded-", "x-envoy-"] as const;

const isReserved = (name: string): boolean =>
  reserved.has(name) || (name.startsWith("x-") && reservedPrefixes.some((prefix) => name.startsWith(prefix)));

/**
 * Reads raw headers: takes out the session, drops what no client may say, what belongs to the connection and what
 * `Connection` names.
 * @param raw names and values in turn, as Node gives them
 */
export function readRequestHead(raw: readonly string[]): RequestHead {
  const reading = new Reading();
  for (let index = 0; index < raw.length; index += 2) reading.take(raw[index] ?? "", raw[index + 1] ?? "");
  return reading.end();
}

class Reading {
  readonly #fields: string[] = [];
  readonly #carriers = new SessionCarriers();
  readonly #known: { [Name in KnownName]?: string } = {};
  #cookies: string | undefined;
  #isRefused = false;

  take(given: string, value: string): void {
    if (given.startsWith(":")) return;
    const name = given.toLowerCase();
    if (name.includes("_")) this.#isRefused = true; // x_gantry_identity is x-gantry-identity to many frameworks
    if (isKnown.has(name)) this.#remember(name as KnownName, value);
    if (sessionFields.has(name)) this.#carriers.field(name, value);
    else if (name === "cookie") this.#cookie(value);
    else if (!hopByHop.has(name) && !isReserved(name)) this.#fields.push(name, value);
  }

  end(): RequestHead {
    if (this.#cookies !== undefined) this.#fields.push("cookie", this.#cookies);
    return {
      fields: withoutNamed(this.#fields, this.#known.connection),
      session: this.#carriers.verdict,
      known: this.#known,
      isRefused: this.#isRefused,
    };
  }

  #remember(name: KnownName, value: string): void {
    const first = this.#known[name];
    if (first === undefined) this.#known[name] = value;
    else if (name === "connection") this.#known.connection = `${first},${value}`;
    else if (name === "x-request-id")
      this.#known[name] = ""; // two are none
    else if (name === "host" || name === "transfer-encoding") this.#isRefused = true;
  }

  /** h2 may split them (RFC 9113, 8.2.3); services expect one field. */
  #cookie(value: string): void {
    const rest = this.#carriers.cookies(value);
    if (rest !== undefined) this.#cookies = this.#cookies === undefined ? rest : `${this.#cookies}; ${rest}`;
  }
}

const harmless = /^(?:keep-alive|close)?$/i;

function withoutNamed(fields: string[], connection: string | undefined): string[] {
  if (connection === undefined || harmless.test(connection)) return fields;
  const named = new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
  return fields.filter((_, index) => !named.has(fields[index - (index % 2)] ?? ""));
}
