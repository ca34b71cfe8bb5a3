import { newCustomer, startDevstack, topology } from "@gantry/devstack";
import { type TestIdentity, tempDir } from "@gantry/testing";
import { inherited } from "../config.ts";

export type SessionStore = "PostgreSQL" | "Redis";

/** IAM itself, with somebody logged in. */
export interface RealIam extends AsyncDisposable {
  readonly url: string;
  /** The header with which somebody's request carries their session. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where sessions can be here: in Redis as well where `REDIS_URL` names one. */
export const sessionStores: readonly SessionStore[] = inherited.REDIS_URL ? ["PostgreSQL", "Redis"] : ["PostgreSQL"];

/** Starts it alone, on durable PostgreSQL, with its sessions where asked. It believes the gateway of `identity`. */
export async function startIam(identity: TestIdentity, store: SessionStore): Promise<RealIam> {
  const directory = await tempDir("gantry-bench-");
  const stack = await startDevstack({
    directory: directory.path,
    durable: true,
    services: topology.filter(({ name }) => name === "iam"),
    env: { LOG_LEVEL: "warn", REDIS_URL: store === "Redis" ? (inherited.REDIS_URL ?? "") : "" },
    serviceEnv: {
      iam: {
        IDENTITY_JWKS: JSON.stringify(identity.jwks),
        IAM_USERS_KEY: JSON.stringify(identity.privateJwk("users")),
      },
    },
  });
  const url = stack.urls.iam ?? "";
  const { headers } = await newCustomer(url);
  return {
    url,
    headers,
    async [Symbol.asyncDispose]() {
      await stack.stop();
      await directory.remove();
    },
  };
}
