import type { Route } from "@gantry/kernel";

/** What gateways ask IAM. */
export const CHECK_SESSION = "/gantry.iam.v1.AuthService/CheckSession";

const route = (path: string, auth: Route["auth"]): Route => ({
  kind: "http",
  service: "order",
  methods: ["GET"],
  path,
  operation: `GET ${path}`,
  auth,
  idempotency: "NO_SIDE_EFFECTS",
  deadlineMs: 5_000,
  retryAttempts: 1,
  streaming: "unary",
});

/** The same answer of the same service: for everybody, and for those with a session. */
export const benchRoutes: readonly Route[] = [route("/open", "PUBLIC"), route("/closed", "SESSION")];
