import { createIdentitySigner } from "@gantry/identity";
import type { Command } from "../command.ts";
import { type Environment, gatewayKey } from "../config.ts";
import { UsageError } from "../usage-error.ts";

const DEFAULT_DAYS = 30;
const MAX_DAYS = 90;
const DAY_SEC = 86_400;

const help = `gantry gateway-token: the credential of a gateway that cannot sign, such as Envoy.

  GATEWAY_IDENTITY_KEY=… npm run --silent gantry -- gateway-token            valid for ${DEFAULT_DAYS} days
  GATEWAY_IDENTITY_KEY=… npm run --silent gantry -- gateway-token --days 7   valid for 1 to ${MAX_DAYS} days

It is the signed identity of the service "gateway" for IAM, which opens nothing but CheckSession. Give it to the gateway as
GATEWAY_IAM_TOKEN, as a secret, and a new one before it ends. A gateway that signs, as services/gateway does, needs none.
`;

/** `gantry gateway-token` */
export const gatewayTokenCommand: Command = {
  help,
  flags: [],
  values: ["days"],
  async run(words, _flags, { output, environment }, { days }) {
    if (words.length > 0) throw new UsageError(`"${words[0]}" means nothing here`);
    output.out(`${await mint(environment, daysOf(days))}\n`);
    return 0;
  },
};

function daysOf(written = String(DEFAULT_DAYS)): number {
  const days = /^\d{1,2}$/.test(written) ? Number(written) : Number.NaN;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new UsageError(`--days is ${JSON.stringify(written)}; it takes a whole number from 1 to ${MAX_DAYS}`);
}

function mint(environment: Environment, days: number): Promise<string> {
  const privateJwk = gatewayKey(environment);
  if (!/^service:gateway(:|$)/.test(privateJwk.kid)) {
    throw new Error(`GATEWAY_IDENTITY_KEY is the key ${privateJwk.kid}, not one of service:gateway`);
  }
  return createIdentitySigner({ privateJwk, ttlSec: days * DAY_SEC }).service("iam");
}
