import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type Customer, transportTo } from "@gantry/devstack";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import type { Outcome } from "../history/call.ts";
import { broken, refusal } from "../history/outcome.ts";

/** What to order. */
export interface Item {
  readonly partUuid: string;
  readonly quantity: number;
}

/** How an order is paid. */
export type Method = "CARD" | "SBP" | "WALLET";

/** The public API as one person uses it. Never throws: what went wrong is an outcome. */
export interface Api {
  readonly userUuid: string;
  create(items: readonly Item[], key: string, payWith?: "WALLET"): Promise<Outcome>;
  pay(orderUuid: string, method: Method, key: string): Promise<Outcome>;
  cancel(orderUuid: string): Promise<Outcome>;
  topUp(amountMinor: number, key: string): Promise<Outcome>;
  /** What the order is now; undefined when nobody answers. */
  status(orderUuid: string): Promise<string | undefined>;
}

/** Where the system's one door is and who asks. */
export interface ApiOptions {
  readonly gateway: string;
  readonly customer: Customer;
}

/** Longer than any deadline of the contract: after it, nobody knows. */
const PATIENCE_MS = 8_000;

const patience = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(PATIENCE_MS) });

export function createApi({ gateway, customer: { userUuid, headers } }: ApiOptions): Api {
  const orders = createOrderClient({ baseUrl: gateway, headers });
  const wallets = createClient(WalletService, transportTo(gateway));
  const of = (order_uuid: string) => ({ path: { order_uuid } });
  return {
    userUuid,
    create: (items, key, payWith) =>
      outcomeOf(async () => {
        const lines = items.map(({ partUuid, quantity }) => ({ part_uuid: partUuid, quantity }));
        const { data, error, response } = await orders.POST("/orders", {
          params: { header: { "Idempotency-Key": key } },
          body: { items: lines, ...(payWith !== undefined && { pay_with: payWith }) },
          ...patience(),
        });
        if (data === undefined) return refusal(response.status, error.code);
        return { kind: "ok", status: response.status, orderUuid: data.order_uuid, totalMinor: data.total.minor };
      }),
    pay: (orderUuid, method, key) =>
      outcomeOf(async () => {
        const { data, error, response } = await orders.POST("/orders/{order_uuid}/pay", {
          params: { ...of(orderUuid), header: { "Idempotency-Key": key } },
          body: { payment_method: method },
          ...patience(),
        });
        if (data === undefined) return refusal(response.status, error.code);
        const paid = "transaction_uuid" in data ? { transactionUuid: data.transaction_uuid } : {};
        return { kind: "ok", status: response.status, orderUuid, ...paid };
      }),
    cancel: (orderUuid) =>
      outcomeOf(async () => {
        const { error, response } = await orders.POST("/orders/{order_uuid}/cancel", {
          params: of(orderUuid),
          ...patience(),
        });
        return error === undefined
          ? { kind: "ok", status: response.status, orderUuid }
          : refusal(response.status, error.code);
      }),
    topUp: (amountMinor, key) =>
      outcomeOf(async () => {
        const amount = { minor: BigInt(amountMinor), currency: "USD" };
        const { entry } = await wallets.topUp({ amount, idempotencyKey: key }, { headers, timeoutMs: PATIENCE_MS });
        return { kind: "ok", status: 200, ...(entry !== undefined && { entryUuid: entry.entryUuid }) };
      }),
    async status(orderUuid) {
      const answer = await orders
        .GET("/orders/{order_uuid}", { params: of(orderUuid), ...patience() })
        .catch(() => undefined);
      return answer?.data?.status;
    },
  };
}

async function outcomeOf(ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask();
  } catch (error) {
    const code = error instanceof ConnectError ? error.code : undefined;
    return code !== undefined && refusals.has(code) ? refusal(400, Code[code]) : broken(error);
  }
}

/** The codes of Connect with which a service says that it did nothing. */
const refusals: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.FailedPrecondition,
  Code.ResourceExhausted,
]);
