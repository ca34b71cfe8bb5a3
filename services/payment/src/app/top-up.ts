import { type Money, type Uuid, uuidv7 } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { type Entry, topUp } from "../domain/account.ts";
import type { Wake, WalletStore } from "./ports.ts";

/** Puts money into a wallet, once for each key. */
export class TopUp {
  readonly #wallets: WalletStore;
  readonly #wake: Wake;
  readonly #logger: Logger;

  constructor(wallets: WalletStore, wake: Wake, logger: Logger) {
    this.#wallets = wallets;
    this.#wake = wake;
    this.#logger = logger;
  }

  /**
   * @returns the entry: the same for every call with this key
   * @throws AppError CURRENCY_MISMATCH, BALANCE_TOO_LARGE or IDEMPOTENCY_KEY_REUSED
   */
  async execute(userUuid: Uuid, amount: Money, idempotencyKey: string): Promise<Entry> {
    const entryUuid = uuidv7();
    const order = { userUuid, amount, idempotencyKey };
    const entry = await this.#wallets.topUp(order, (account) => topUp(account, entryUuid, amount));
    if (entry.entryUuid === entryUuid) this.#made(entry);
    return entry;
  }

  #made({ entryUuid, userUuid, amount }: Entry): void {
    this.#wake();
    const facts = { entry_uuid: entryUuid, user_uuid: userUuid };
    this.#logger.info({ ...facts, amount_minor: amount.minor, currency: amount.currency }, "wallet topped up");
  }
}
