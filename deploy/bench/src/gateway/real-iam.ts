import { newCustomer, startDevstack, topology } from "@gantry/devstack";
import { type TestIdentity, tempDir } from "@gantry/testing";

/** IAM itself, with somebody logged in. */
export interface RealIam extends AsyncDisposable {
  readonly url: string;
  /** Where sessions are. */
  readonly store: "PostgreSQL" | "Redis";
  /** The header with which somebody's request carries their session. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Starts it alone, on durable PostgreSQL, and on Redis where `REDIS_URL` says so. It believes the gateway of `identity`. */
export async function startIam(identity: TestIdentity): Promise<RealIam> {
  const directory = await tempDir("gantry-bench-");
  const stack = await startDevstack({
    directory: directory.path,
    durable: true,
    services: topology.filter(({ name }) => name === "iam"),
    env: { LOG_LEVEL: "warn" },
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
    store: stack.env("iam").REDIS_URL === undefined ? "PostgreSQL" : "Redis",
    headers,
    async [Symbol.asyncDispose]() {
      await stack.stop();
      await directory.remove();
    },
  };
}
