import { type Clock, type EventRecord, systemClock, type Uuid } from "@gantry/kernel";
import type { Decide, HistoryEntry, KeptAnswer, KeyedRequest, OrderStore } from "../app/ports.ts";
import type { Change } from "../domain/change.ts";
import type { Decision, Draft, Order } from "../domain/order.ts";
import { orderNotFound } from "../domain/order-errors.ts";
import { finishOf } from "../domain/unfinished.ts";
import { eventsOf } from "./order-events.ts";

interface Kept {
  readonly fingerprint: string;
  readonly orderUuid: Uuid;
  readonly operation: KeyedRequest["operation"];
  order?: Order;
}

/** Orders in memory, for unit tests. Keeps the promises of the port, which the contract suite holds against it. */
export class MemoryOrderStore implements OrderStore {
  readonly #orders = new Map<Uuid, Order>();
  readonly #history = new Map<Uuid, readonly HistoryEntry[]>();
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #paymentTimeoutMs: number;
  /** What the outbox would hold, in the order of writing. */
  readonly events: EventRecord[] = [];

  constructor({ clock = systemClock, paymentTimeoutMs = 600_000 }: { clock?: Clock; paymentTimeoutMs?: number } = {}) {
    this.#clock = clock;
    this.#paymentTimeoutMs = paymentTimeoutMs;
  }

  async find(orderUuid: Uuid): Promise<Order | undefined> {
    return this.#orders.get(orderUuid);
  }

  async insert({ order: draft, changes }: Decision<Draft>, request?: KeyedRequest): Promise<Order | undefined> {
    if (request !== undefined && this.#kept.has(keyOf(request))) return undefined;
    const expiresAt = new Date(this.#clock.now().getTime() + this.#paymentTimeoutMs);
    const order = { expiresAt, ...draft };
    this.#save({ order, changes });
    if (request !== undefined) this.#claim(request, order.orderUuid, order);
    return order;
  }

  async update(orderUuid: Uuid, decide: Decide, request?: KeyedRequest): Promise<Order> {
    const current = this.#orders.get(orderUuid);
    if (current === undefined) throw orderNotFound(orderUuid);
    const decision = decide(current, this.#clock.now());
    this.#save(decision);
    if (request !== undefined && !this.#kept.has(keyOf(request))) this.#claim(request, orderUuid);
    for (const change of decision.changes) if (change.from === "PAYING") this.#endClaims(decision.order);
    return decision.order;
  }

  async findAnswer(request: KeyedRequest): Promise<KeptAnswer | undefined> {
    const kept = this.#kept.get(keyOf(request));
    if (kept === undefined) return undefined;
    const { fingerprint, orderUuid, order } = kept;
    return { fingerprint, orderUuid, ...(order && { order }) };
  }

  async claimUnfinished(limit: number): Promise<{ readonly orders: readonly Order[]; readonly now: Date }> {
    const now = this.#clock.now();
    const orders = [...this.#orders.values()].filter((order) => finishOf(order, now) !== "wait");
    return { orders: orders.slice(0, limit), now };
  }

  async nextUnfinishedInMs(): Promise<undefined> {
    return undefined;
  }

  async forgetExpiredKeys(): Promise<number> {
    return 0;
  }

  history(orderUuid: Uuid): readonly HistoryEntry[] {
    return this.#history.get(orderUuid) ?? [];
  }

  #save(decision: Decision): void {
    const { order, changes } = decision;
    this.#orders.set(order.orderUuid, order);
    this.#history.set(order.orderUuid, [...this.history(order.orderUuid), ...changes.map(toEntry)]);
    this.events.push(...eventsOf(decision));
  }

  #claim(request: KeyedRequest, orderUuid: Uuid, order?: Order): void {
    const { fingerprint, operation } = request;
    this.#kept.set(keyOf(request), { fingerprint, operation, orderUuid, ...(order && { order }) });
  }

  #endClaims(order: Order): void {
    for (const [key, kept] of this.#kept) {
      if (kept.orderUuid !== order.orderUuid || kept.operation !== "payOrder") continue;
      if (order.transactionUuid !== undefined) kept.order ??= order;
      else if (kept.order === undefined) this.#kept.delete(key);
    }
  }
}

const keyOf = ({ userUuid, operation, key }: KeyedRequest): string => `${userUuid} ${operation} ${key}`;

const toEntry = ({ version, from, to, cause, occurredAt, ...facts }: Change): HistoryEntry => ({
  version,
  ...(from && { from }),
  to,
  cause,
  ...("paymentFailure" in facts && { paymentFailure: facts.paymentFailure }),
  occurredAt,
});
