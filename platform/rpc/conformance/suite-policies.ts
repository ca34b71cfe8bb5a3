import type { Policy, PolicyTable } from "@gantry/kernel";

/** The suite knows no identities, and names a deadline only where it tests one: the platform's must not be in its way. */
const open: Policy = {
  auth: "PUBLIC",
  deadlineMs: Number.POSITIVE_INFINITY,
  idempotency: "NONE",
  retryAttempts: 1,
};

const row = (method: string, policy: Policy): [string, Policy] => [
  `/connectrpc.conformance.v1.ConformanceService/${method}`,
  policy,
];

/** Policies for the suite's service, so that the policy interceptors of both sides take part. */
export const suitePolicies: PolicyTable = Object.fromEntries([
  ...["Unary", "ServerStream", "ClientStream", "BidiStream", "Unimplemented"].map((method) => row(method, open)),
  row("IdempotentUnary", { ...open, idempotency: "NO_SIDE_EFFECTS", retryAttempts: 2 }),
]);
