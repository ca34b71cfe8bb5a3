import { attributeNames, count, gauge, type Logger } from "@gantry/telemetry";
import { judge } from "../domain/wallet-request.ts";
import type { Attended, Queue, Wake, WalletRequests } from "./ports.ts";
import { recordPayment } from "./record-payment.ts";

/** Accounts that one replica serves at once: each takes a connection. */
const LANES = 4;
/** Another replica is at what is left: how long until we look again. */
const LOOK_AGAIN_MS = 20;

/** Serves all who wait to pay from their wallets. Safe on every replica at once. */
export class ServeWallets {
  readonly #requests: WalletRequests;
  /** An event was written. */
  readonly #wakeRelay: Wake;
  readonly #logger: Logger;

  constructor(requests: WalletRequests, wakeRelay: Wake, logger: Logger) {
    this.#requests = requests;
    this.#wakeRelay = wakeRelay;
    this.#logger = logger;
  }

  /** Looks at every request that is to be looked at, and says when the next will be. */
  async round(signal: AbortSignal): Promise<{ readonly dueInMs: number | undefined }> {
    let queue = await this.#requests.queue();
    if (isDue(queue)) {
      await this.#requests.openAccounts();
      await this.#serveAll(signal);
      queue = await this.#requests.queue();
    }
    gauge("walletWaiting", queue.waiting);
    return { dueInMs: isDue(queue) ? LOOK_AGAIN_MS : queue.dueInMs };
  }

  /** Ends when every lane has: the round is over only when nothing of it runs any more. */
  async #serveAll(signal: AbortSignal): Promise<void> {
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, () => this.#serve(signal)));
    for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
  }

  async #serve(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const attended = await this.#requests.attendNext(judge);
      if (attended === undefined) return;
      this.#tell(attended);
    }
  }

  #tell(attended: Attended): void {
    const { orderUuid, userUuid } = attended.request;
    const about = { order_uuid: orderUuid, user_uuid: userUuid };
    if (attended.state === "WAITING") this.#logger.debug(about, "wallet payment waits for funds");
    if (attended.state === "POSTPONED")
      this.#logger.warn({ ...about, err: attended.error }, "wallet payment was put off");
    if (attended.state === "COMPLETED") {
      this.#ended({});
      if (attended.charged) recordPayment(this.#logger, attended.payment);
    }
    if (attended.state === "FAILED") {
      this.#ended({ [attributeNames.errorType]: attended.reason });
      this.#logger.info({ ...about, reason: attended.reason }, "wallet payment failed");
    }
  }

  #ended(attributes: Readonly<Record<string, string>>): void {
    this.#wakeRelay();
    count("walletPayments", 1, attributes);
  }
}

const isDue = ({ dueInMs }: Queue): boolean => dueInMs !== undefined && dueInMs <= 0;
