import type {
  CreateOrderInput,
  CreateOrderResult,
  GetOrderHistoryInput,
  GetOrderInput,
  ListOrdersInput,
  OrderApi,
  PayOrderInput,
} from "@gantry/gen/openapi/order/server";
import type { Call, UserPrincipal } from "@gantry/http/contract";
import type { Uuid } from "@gantry/kernel";
import type { CancelOrder } from "../app/cancel-order.ts";
import type { CreateOrder } from "../app/create-order.ts";
import { fingerprintOf } from "../app/idempotency.ts";
import { requireOwner } from "../app/owned-by.ts";
import type { PayOrder } from "../app/pay-order.ts";
import type { KeyedRequest, OrderQueries, OrderStore } from "../app/ports.ts";
import type { Order } from "../domain/order.ts";
import { toHistoryEntryBody, toLines, toOrderBody } from "./order-http.map.ts";

interface Dependencies {
  readonly create: CreateOrder;
  readonly pay: PayOrder;
  readonly cancel: CancelOrder;
  readonly store: OrderStore;
  readonly queries: OrderQueries;
}

type CallerCall = Call<UserPrincipal>;

/** The contract's operations: map in, one call, map out. */
export function createOrderApi({ create, pay, cancel, store, queries }: Dependencies): OrderApi {
  const ownOrder = async (orderUuid: Uuid, { principal }: CallerCall): Promise<Order> =>
    requireOwner(await store.find(orderUuid), orderUuid, principal.userUuid);

  return {
    async createOrder(input, call) {
      const answer = await create.run({
        userUuid: call.principal.userUuid,
        ...(input.body.user_uuid !== undefined && { forUserUuid: input.body.user_uuid }),
        lines: toLines(input.body),
        ...(input.body.pay_with !== undefined && { payWith: input.body.pay_with }),
        ...keyed("createOrder", input, call, input.body),
        context: { identity: call.principal.token, signal: call.signal },
      });
      return created(answer.order, answer.replayed);
    },

    async listOrders({ query }: ListOrdersInput, call) {
      const page = await queries.list({
        userUuid: call.principal.userUuid,
        statuses: query.status ?? [],
        pageSize: query.page_size,
        ...(query.page_token !== undefined && { pageToken: query.page_token }),
      });
      const next = page.nextPageToken && { next_page_token: page.nextPageToken };
      return { status: 200, body: { orders: page.orders.map(toOrderBody), ...next } };
    },

    async getOrder({ path }: GetOrderInput, call) {
      return { status: 200, body: toOrderBody(await ownOrder(path.order_uuid, call)) };
    },

    async getOrderHistory({ path }: GetOrderHistoryInput, call) {
      const { orderUuid } = await ownOrder(path.order_uuid, call);
      const changes = await queries.history(orderUuid);
      return { status: 200, body: { entries: changes.map(toHistoryEntryBody) } };
    },

    async payOrder(input, call) {
      const { order, replayed } = await pay.run({
        orderUuid: input.path.order_uuid,
        userUuid: call.principal.userUuid,
        method: input.body.payment_method,
        ...keyed("payOrder", input, call, { ...input.path, ...input.body }),
        signal: call.signal,
      });
      if (order.transactionUuid === undefined) return { status: 202, body: { order: toOrderBody(order) } };
      const body = { transaction_uuid: order.transactionUuid, order: toOrderBody(order) };
      return { status: 200, headers: replayedHeader(replayed), body };
    },

    async cancelOrder({ path }, call) {
      await cancel.run({ orderUuid: path.order_uuid, userUuid: call.principal.userUuid, signal: call.signal });
      return { status: 204 };
    },
  };
}

function created(order: Order, replayed: boolean): CreateOrderResult {
  const headers = { Location: `/api/v1/orders/${order.orderUuid}`, ...replayedHeader(replayed) };
  return { status: 201, headers, body: toOrderBody(order) };
}

const replayedHeader = (replayed: boolean): { readonly "Idempotency-Replayed"?: "true" } =>
  replayed ? { "Idempotency-Replayed": "true" } : {};

function keyed(
  operation: KeyedRequest["operation"],
  { header }: Pick<CreateOrderInput | PayOrderInput, "header">,
  { principal }: CallerCall,
  request: unknown,
): { readonly request?: KeyedRequest } {
  const key = header["idempotency-key"];
  if (key === undefined) return {};
  return { request: { userUuid: principal.userUuid, operation, key, fingerprint: fingerprintOf(operation, request) } };
}
