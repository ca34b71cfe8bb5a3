import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import type { Policy } from "@gantry/kernel";
import { createRpcTransport } from "@gantry/rpc";
import { silentLogger } from "@gantry/telemetry";
import { forgedIdentities } from "@gantry/testing";
import { afterAll, expect, test } from "vitest";
import { aService } from "./fixture.ts";

/** Who may call what, for each method of the contract over the real port: a new one is asked about too. */

const { url, identity } = await aService();
const transport = createRpcTransport({ baseUrl: url, policies: rpcPolicies, logger: silentLogger });
afterAll(() => transport.close());

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === "unary";

const methods = [...PaymentService.methods, ...WalletService.methods].map((method) => {
  if (!isUnary(method)) throw new Error(`${method.name} is a stream: ask about it too`);
  const key = `/${method.parent.typeName}/${method.name}`;
  const table: Readonly<Record<string, Policy>> = rpcPolicies;
  return { name: method.name, method, auth: table[key]?.auth };
});

const call = (method: DescMethodUnary, token?: string) =>
  transport.unary(method, undefined, undefined, token === undefined ? {} : { [IDENTITY_HEADER]: token }, {});

test.each(methods)(
  "$name ($auth) is closed to nobody, to the wrong kind of caller and to every forged identity",
  async ({ method, auth }) => {
    await expect(call(method)).rejects.toMatchObject({ kind: "unauthenticated", reason: "UNAUTHENTICATED" });
    const forbidden = { kind: "permission_denied", reason: "FORBIDDEN" };
    await expect(call(method, await identity.service("inventory", "payment"))).rejects.toMatchObject(forbidden);
    const wrong = auth === "SERVICE" ? identity.user() : identity.service("order", "payment");
    await expect(call(method, await wrong)).rejects.toMatchObject(forbidden);
    for (const { token, reason, what } of forgedIdentities(identity, "order", "payment")) {
      await expect(call(method, token), what).rejects.toMatchObject({ kind: "unauthenticated", reason });
    }
  },
);
