import { type Clock, type Uuid, uuidv7 } from "@gantry/kernel";
import type { PaymentMethod } from "../domain/change.ts";
import { createOrder, type Order, type OrderItem } from "../domain/order.ts";
import { unknownParts, userMismatch } from "../domain/order-errors.ts";
import { requireSameRequest } from "./idempotency.ts";
import type { CallContext, Failpoint, KeyedRequest, OrderStore, Part, PartsCatalog } from "./ports.ts";

export interface CreateOrderCommand {
  readonly userUuid: Uuid;
  /** Who the request says the order is for, if it says so. */
  readonly forUserUuid?: Uuid;
  /** The same part may stand here more than once. */
  readonly lines: readonly { readonly partUuid: Uuid; readonly quantity: number }[];
  /** Set: the order is being paid by this as soon as it is made. */
  readonly payWith?: PaymentMethod;
  readonly request?: KeyedRequest;
  readonly context: CallContext;
}

export interface Answer {
  readonly order: Order;
  /** The request was answered before; this is that answer. */
  readonly replayed: boolean;
}

interface Dependencies {
  readonly store: OrderStore;
  readonly catalog: PartsCatalog;
  readonly clock: Clock;
  readonly failpoint: Failpoint;
}

/** Prices the parts and makes the order. What pays it at once is asked for by an event: there is nobody to call. */
export class CreateOrder {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async run(command: CreateOrderCommand): Promise<Answer> {
    if (command.forUserUuid !== undefined && command.forUserUuid !== command.userUuid) throw userMismatch();
    const priced = await this.#price(command);
    return "replayed" in priced ? priced : this.#insert(command, priced.items);
  }

  /**
   * Whether the key is taken is left to the insert, which finds out at no cost. Only when the parts cannot be priced is it
   * asked for: a repeat has its answer whatever has become of the parts.
   */
  async #price(command: CreateOrderCommand): Promise<Answer | { readonly items: readonly OrderItem[] }> {
    try {
      const quantities = quantityByPart(command.lines);
      const parts = await this.#deps.catalog.find([...quantities.keys()], command.context);
      return { items: itemsOf(quantities, parts) };
    } catch (error) {
      const kept = await this.#replay(command.request);
      if (kept !== undefined) return kept;
      throw error;
    }
  }

  async #insert(command: CreateOrderCommand, items: readonly OrderItem[]): Promise<Answer> {
    const { store, clock, failpoint } = this.#deps;
    const { userUuid, payWith } = command;
    const decision = createOrder({
      orderUuid: uuidv7(),
      userUuid,
      items,
      ...(payWith !== undefined && { payWith }),
      at: clock.now(),
    });
    await failpoint("order.tx.before_commit");
    const order = await store.insert(decision, command.request);
    await failpoint("order.tx.after_commit");
    if (order !== undefined) return { order, replayed: false };
    return (await this.#replay(command.request)) ?? this.#insert(command, items);
  }

  async #replay(request: KeyedRequest | undefined): Promise<Answer | undefined> {
    const kept = request && (await this.#deps.store.findAnswer(request));
    if (request === undefined || kept === undefined) return undefined;
    requireSameRequest(kept, request);
    return kept.order && { order: kept.order, replayed: true };
  }
}

function quantityByPart(lines: CreateOrderCommand["lines"]): ReadonlyMap<Uuid, number> {
  const quantities = new Map<Uuid, number>();
  for (const { partUuid, quantity } of lines) quantities.set(partUuid, (quantities.get(partUuid) ?? 0) + quantity);
  return quantities;
}

function itemsOf(quantities: ReadonlyMap<Uuid, number>, parts: readonly Part[]): readonly OrderItem[] {
  const found = new Map(parts.map((part) => [part.partUuid, part]));
  const missing = [...quantities.keys()].filter((uuid) => !found.has(uuid));
  if (missing.length > 0) throw unknownParts(missing);
  return [...quantities].flatMap(([partUuid, quantity]) => {
    const part = found.get(partUuid);
    return part ? [{ partUuid, quantity, name: part.name, unitPrice: part.price }] : [];
  });
}
