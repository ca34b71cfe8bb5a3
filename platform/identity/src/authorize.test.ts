import type { Policy } from "@gantry/kernel";
import { expect, test } from "vitest";
import { authorize } from "./authorize.ts";
import type { Principal } from "./principal.ts";

const policy = (auth: Policy["auth"], callers: readonly string[] = ["order", "payment"]): Policy => ({
  auth,
  ...(auth === "SERVICE" ? { callers } : {}),
  deadlineMs: 1000,
  idempotency: "NO_SIDE_EFFECTS",
  retryAttempts: 1,
});
const user: Principal = {
  kind: "user",
  userUuid: "01890a5d-ac96-774b-bcce-b302099a8057",
  sessionUuid: "01890a5d-ac96-774b-bcce-b302099a8058",
  token: "t",
};
const service: Principal = { kind: "service", service: "order", token: "t" };

test.each([
  ["PUBLIC", undefined],
  ["PUBLIC", user],
  ["PUBLIC", service],
  ["SESSION", user],
  ["SERVICE", service],
] as const)("%s lets in %j", (auth, principal) => {
  expect(() => authorize(policy(auth), principal)).not.toThrow();
});

test.each([["SESSION"], ["SERVICE"]] as const)("%s asks a stranger who they are", (auth) => {
  expect(() => authorize(policy(auth), undefined)).toThrow(
    expect.objectContaining({ kind: "unauthenticated", reason: "UNAUTHENTICATED" }),
  );
});

test.each([
  ["SESSION", service],
  ["SERVICE", user],
] as const)("%s turns away %j", (auth, principal) => {
  expect(() => authorize(policy(auth), principal)).toThrow(
    expect.objectContaining({ kind: "permission_denied", reason: "FORBIDDEN" }),
  );
});

test.each([["payment"], ["order-admin"], ["orde"], [""]])("SERVICE with the caller %j turns away order", (caller) => {
  expect(() => authorize(policy("SERVICE", [caller]), service)).toThrow(
    expect.objectContaining({
      kind: "permission_denied",
      reason: "FORBIDDEN",
      message: `The service order may not call this operation; ${caller} may.`,
    }),
  );
});

test("SERVICE without callers is closed to every service", () => {
  const { callers: _callers, ...without } = policy("SERVICE");
  for (const closed of [without, policy("SERVICE", [])]) {
    expect(() => authorize(closed, service)).toThrow(
      expect.objectContaining({ reason: "FORBIDDEN", message: expect.stringContaining("no other may") }),
    );
  }
});

test.each([[undefined], [user], [service]])("an operation without a policy is closed to %j", (principal) => {
  expect(() => authorize(undefined, principal)).toThrow(expect.objectContaining({ reason: "FORBIDDEN" }));
});
