import type { Uuid } from "@gantry/kernel";
import type { KeptAnswer, KeyedRequest, OrderStore } from "../app/ports.ts";
import type { Change, Decision, Order } from "../domain/order.ts";
import { orderNotFound } from "../domain/order-errors.ts";

interface Kept {
  readonly fingerprint: string;
  readonly orderUuid: Uuid;
  readonly operation: KeyedRequest["operation"];
  order?: Order;
}

/** Orders in memory, for unit tests. Keeps the promises of the port, which the contract suite holds against it. */
export class MemoryOrderStore implements OrderStore {
  readonly #orders = new Map<Uuid, Order>();
  readonly #history = new Map<Uuid, Change[]>();
  readonly #kept = new Map<string, Kept>();

  async find(orderUuid: Uuid): Promise<Order | undefined> {
    return this.#orders.get(orderUuid);
  }

  async insert(decision: Decision, request?: KeyedRequest): Promise<boolean> {
    if (request !== undefined && this.#kept.has(keyOf(request))) return false;
    this.#save(decision);
    if (request !== undefined) this.#claim(request, decision.order.orderUuid, decision.order);
    return true;
  }

  async update(orderUuid: Uuid, decide: (order: Order) => Decision, request?: KeyedRequest): Promise<Order> {
    const current = this.#orders.get(orderUuid);
    if (current === undefined) throw orderNotFound(orderUuid);
    const decision = decide(current);
    this.#save(decision);
    if (request !== undefined && !this.#kept.has(keyOf(request))) this.#claim(request, orderUuid);
    if (decision.order.status === "PAID") this.#answerClaims(decision.order);
    return decision.order;
  }

  async findAnswer(request: KeyedRequest): Promise<KeptAnswer | undefined> {
    const kept = this.#kept.get(keyOf(request));
    if (kept === undefined) return undefined;
    const { fingerprint, orderUuid, order } = kept;
    return { fingerprint, orderUuid, ...(order && { order }) };
  }

  async claimUnfinishedPayments(limit: number): Promise<readonly Order[]> {
    return [...this.#orders.values()].filter((order) => order.status === "PAYING").slice(0, limit);
  }

  async forgetExpiredKeys(): Promise<number> {
    return 0;
  }

  history(orderUuid: Uuid): readonly Change[] {
    return this.#history.get(orderUuid) ?? [];
  }

  #save({ order, changes }: Decision): void {
    this.#orders.set(order.orderUuid, order);
    this.#history.set(order.orderUuid, [...this.history(order.orderUuid), ...changes]);
  }

  #claim(request: KeyedRequest, orderUuid: Uuid, order?: Order): void {
    const { fingerprint, operation } = request;
    this.#kept.set(keyOf(request), { fingerprint, operation, orderUuid, ...(order && { order }) });
  }

  #answerClaims(order: Order): void {
    for (const kept of this.#kept.values()) {
      if (kept.orderUuid === order.orderUuid && kept.operation === "payOrder") kept.order ??= order;
    }
  }
}

const keyOf = ({ userUuid, operation, key }: KeyedRequest): string => `${userUuid} ${operation} ${key}`;
