import { createClient } from "@connectrpc/connect";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { createRpcTransport } from "@gantry/rpc";
import { silentLogger } from "@gantry/telemetry";
import { afterAll } from "vitest";

/** Clients of a running service over its real port, for a caller with this identity. Closed after the file. */
export function clientsAs(baseUrl: string, identity: () => Promise<string> | undefined) {
  const transport = createRpcTransport({ baseUrl, policies: rpcPolicies, identity, logger: silentLogger });
  afterAll(() => transport.close());
  return { payments: createClient(PaymentService, transport), wallet: createClient(WalletService, transport) };
}
