import { setTimeout as delay } from "node:timers/promises";
import type { Ok } from "../history/call.ts";
import type { Item } from "./api.ts";
import type { Client } from "./client.ts";
import type { Story, StoryKind } from "./plan.ts";

/** What a story is told with. */
export interface Telling {
  readonly client: Client;
  readonly items: readonly Item[];
  /** What the items cost together. */
  readonly totalMinor: number;
  readonly story: Story;
  /** How long an order may stay unpaid here. */
  readonly expiryMs: number;
}

type Teller = (telling: Telling) => Promise<unknown>;

/** An order that is there; a story whose order never came to be ends. */
const ordered = async ({ client, items }: Telling, then: (orderUuid: string) => Promise<unknown>): Promise<void> => {
  const order: Ok | undefined = await client.create(items);
  if (order?.orderUuid !== undefined) await then(order.orderUuid);
};

const pause = ({ story }: Telling): Promise<void> => delay(story.pauseMs);
const fund = ({ client, totalMinor }: Telling): Promise<unknown> => client.topUp(totalMinor);

const tellers: Readonly<Record<StoryKind, Teller>> = {
  card: (t) => ordered(t, (order) => t.client.pay(order, "CARD")),
  cardTwice: (t) => ordered(t, (order) => Promise.all([t.client.pay(order, "CARD"), t.client.pay(order, "CARD")])),
  cardAgain: (t) =>
    ordered(t, async (order) => {
      await t.client.pay(order, "SBP");
      await pause(t);
      await t.client.pay(order, "SBP");
    }),
  wallet: (t) =>
    ordered(t, async (order) => {
      await fund(t);
      await t.client.pay(order, "WALLET");
    }),
  walletTwice: (t) =>
    ordered(t, async (order) => {
      await fund(t);
      await Promise.all([t.client.pay(order, "WALLET"), t.client.pay(order, "WALLET")]);
    }),
  lateFunds: (t) =>
    ordered(t, async (order) => {
      await t.client.pay(order, "WALLET");
      await pause(t);
      await fund(t);
    }),
  poor: (t) => ordered(t, (order) => t.client.pay(order, "WALLET")),
  async payWith(t) {
    await fund(t);
    await t.client.create(t.items, "WALLET");
  },
  cancel: (t) =>
    ordered(t, async (order) => {
      await t.client.cancel(order);
      await t.client.cancel(order);
    }),
  cardAndCancel: (t) => ordered(t, (order) => Promise.all([t.client.pay(order, "CARD"), t.client.cancel(order)])),
  walletAndCancel: (t) =>
    ordered(t, async (order) => {
      await fund(t);
      const paying = t.client.pay(order, "WALLET");
      await pause(t);
      await Promise.all([paying, t.client.cancel(order)]);
    }),
  abandon: (t) => ordered(t, () => Promise.resolve()),
  tooLate: (t) =>
    ordered(t, async (order) => {
      await delay(t.expiryMs);
      await t.client.pay(order, "CARD");
    }),
};

/** Lives one story to its end. Rejects never: what the client could not do is in its record. */
export const tell = (telling: Telling): Promise<unknown> => tellers[telling.story.kind](telling);
