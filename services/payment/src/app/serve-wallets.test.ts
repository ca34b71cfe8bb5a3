import { createLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { aPayment, aRequest } from "../../test/builders.ts";
import type { Attended, Queue, WalletRequests } from "./ports.ts";
import { ServeWallets } from "./serve-wallets.ts";

const idle: Queue = { waiting: 0, dueInMs: undefined };
const busy: Queue = { waiting: 3, dueInMs: -5 };

/** Requests that are looked at in this order; the queue says what it is told to, first before a round and then behind it. */
class FakeRequests implements WalletRequests {
  opened = 0;
  readonly #queues: Queue[];
  readonly #attended: (() => Promise<Attended>)[];

  constructor(queues: readonly Queue[], attended: readonly (() => Promise<Attended>)[] = []) {
    this.#queues = [...queues];
    this.#attended = [...attended];
  }

  async openAccounts(): Promise<void> {
    this.opened += 1;
  }

  async attendNext(): Promise<Attended | undefined> {
    return this.#attended.shift()?.();
  }

  async queue(): Promise<Queue> {
    return this.#queues.shift() ?? idle;
  }

  get left(): number {
    return this.#attended.length;
  }
}

function aRound(requests: WalletRequests, signal = new AbortController().signal) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "payment", destination: { write: (line) => lines.push(JSON.parse(line)) } });
  let wakes = 0;
  const wakeRelay = () => {
    wakes += 1;
  };
  const round = new ServeWallets(requests, wakeRelay, logger).round(signal);
  return { round, wakes: () => wakes, messages: () => lines.map(({ message, level }) => `${level}: ${message}`) };
}

const request = aRequest();
const payment = { ...aPayment({ ...request, method: "WALLET" }), decidedAt: new Date() };

describe("a round", () => {
  test("with nothing due asks once, and says when something will be", async () => {
    const requests = new FakeRequests([{ waiting: 2, dueInMs: 700 }], [async () => ({ request, state: "WAITING" })]);
    expect(await aRound(requests).round).toEqual({ dueInMs: 700 });
    expect([requests.opened, requests.left]).toEqual([0, 1]);
  });

  test("goes on until nothing is left, and looks again soon at what others are at", async () => {
    const requests = new FakeRequests(
      [busy, busy],
      Array.from({ length: 20 }, () => async () => ({ request, state: "WAITING" })),
    );
    expect((await aRound(requests).round).dueInMs).toBeGreaterThan(0);
    expect([requests.opened, requests.left]).toEqual([1, 0]);
  });

  test("ends with a failure only when nothing of it runs any more", async () => {
    let finish = (): void => undefined;
    const slow = new Promise<Attended>((resolve) => {
      finish = () => resolve({ request, state: "WAITING" });
    });
    const requests = new FakeRequests([busy], [() => Promise.reject(new Error("no database")), () => slow]);
    const { round } = aRound(requests);
    let over = false;
    const ended = round.catch((error: Error) => {
      over = true;
      return error.message;
    });
    await new Promise(setImmediate);
    expect(over).toBe(false);
    finish();
    expect(await ended).toBe("no database");
  });

  test("takes nothing more once it is to stop", async () => {
    const requests = new FakeRequests([busy], [async () => ({ request, state: "WAITING" })]);
    await aRound(requests, AbortSignal.abort()).round;
    expect(requests.left).toBe(1);
  });
});

describe("what became of a request", () => {
  test.each<[string, Attended, number, readonly string[]]>([
    ["paid", { request, state: "COMPLETED", payment, charged: true }, 1, ["info: order paid"]],
    ["paid before", { request, state: "COMPLETED", payment, charged: false }, 1, []],
    ["failed", { request, state: "FAILED", reason: "VOIDED" }, 1, ["info: wallet payment failed"]],
    ["left waiting", { request, state: "WAITING" }, 0, []],
    ["put off", { request, state: "POSTPONED", error: new Error("?") }, 0, ["warn: wallet payment was put off"]],
  ])("%s: the relay is woken when there is an event, and people are told", async (_what, attended, wakes, lines) => {
    const served = aRound(new FakeRequests([busy], [async () => attended]));
    await served.round;
    expect(served.wakes()).toBe(wakes);
    expect(served.messages()).toEqual(lines);
  });
});
