import { uuidv7 } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { usd } from "../../test/builders.ts";
import { type Account, type Entry, emptyAccount, type NewEntry } from "../domain/account.ts";
import type { TopUpOrder, WalletStore } from "./ports.ts";
import { TopUp } from "./top-up.ts";

/** Remembers keys, as a store does, and nothing else. */
class FakeWallets implements WalletStore {
  readonly #made = new Map<string, Entry>();

  async account(userUuid: string): Promise<Account> {
    return emptyAccount(userUuid);
  }

  async entries(): Promise<readonly Entry[]> {
    return [...this.#made.values()];
  }

  async topUp({ userUuid, idempotencyKey }: TopUpOrder, decide: (account: Account) => NewEntry): Promise<Entry> {
    const made = this.#made.get(idempotencyKey) ?? { ...decide(emptyAccount(userUuid)), createdAt: new Date() };
    this.#made.set(idempotencyKey, made);
    return made;
  }
}

test("a top-up has what waits for it looked at, and a repeat of it does not", async () => {
  let wakes = 0;
  const wake = () => {
    wakes += 1;
  };
  const topUp = new TopUp(new FakeWallets(), wake, silentLogger);
  const userUuid = uuidv7();
  const first = await topUp.execute(userUuid, usd(5n), "key");
  expect(await topUp.execute(userUuid, usd(5n), "key")).toEqual(first);
  expect(wakes).toBe(1);
});
