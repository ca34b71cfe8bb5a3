import { describe, expect, test } from "vitest";
import { MAX_MESSAGE_BYTES } from "../port/broker.ts";
import { partitionOf } from "../port/partition-of.ts";
import type { ChildMember } from "./child-member.ts";
import type { BrokerHarness } from "./harness.ts";
import { behind, manyKeys, numbered, numbers, openLab, sendAll } from "./lab.ts";

/** Large messages that wait: twice as much as one may hold with some batches of them, and what was not collected yet. */
const BACKLOG = 160;

/** What holds when members live and die in processes of their own. */
export function describeProcesses(harness: () => BrokerHarness): void {
  describe("processes", () => {
    test("two processes share the work; when one is killed the other takes over and nothing is lost", async ({
      skip,
    }) => {
      if (harness().processes === undefined) return skip("this adapter lives in one process");
      await using lab = await openLab(harness());
      const topic = await lab.topic(6);
      const first = await lab.joinByProcess({ topics: [topic] });
      const second = await lab.joinByProcess({ topics: [topic] });
      await lab.eventually("fair shares", async () => [first, second].every((each) => each.assigned().length === 3));
      await lab.send(numbered(topic, 120, manyKeys));
      await lab.eventually("all", async () => all([first, second], 120));
      for (const child of [first, second]) expect(child.texts().length).toBeGreaterThan(0);
      first.signal("SIGKILL");
      const killed = performance.now();
      await lab.send(numbered(topic, 240, manyKeys).slice(120));
      await lab.eventually("taken over", async () => second.assigned().length === 6);
      expect(performance.now() - killed).toBeLessThan(lab.harness.takeOverWithinMs);
      await lab.eventually("nothing lost", async () => all([first, second], 240));
      await lab.eventually("done", async () => (await behind(lab, topic)) === 0n);
    });

    test("what a killed member had in hand comes to another, in order", async ({ skip }) => {
      if (harness().processes === undefined) return skip("this adapter lives in one process");
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 30));
      const child = await lab.joinByProcess({ topics: [topic], hold: "all" });
      await lab.eventually("a batch in hand", async () => child.texts().length > 0);
      child.signal("SIGKILL");
      const { recorder } = await lab.join([topic]);
      await recorder.until(
        "all",
        lab.harness.takeOverWithinMs + lab.harness.withinMs,
        () => recorder.texts.length >= 30,
      );
      expect(recorder.texts).toEqual(numbers(30));
    });

    test("a frozen member is replaced, and cannot set the group back when it wakes", async ({ skip }) => {
      if (harness().processes === undefined) return skip("this adapter lives in one process");
      await using lab = await openLab(harness());
      const topic = await lab.topic(1);
      await lab.send(numbered(topic, 10));
      const child = await lab.joinByProcess({ topics: [topic], hold: "all" });
      await lab.eventually("a batch in hand", async () => child.texts().length > 0);
      child.signal("SIGSTOP");
      const { recorder } = await lab.join([topic]);
      await lab.send(numbered(topic, 500).slice(10));
      await recorder.until(
        "all",
        lab.harness.takeOverWithinMs + lab.harness.withinMs,
        () => recorder.texts.length >= 500,
      );
      await lab.eventually("all done", async () => (await behind(lab, topic)) === 0n);
      child.release();
      child.signal("SIGCONT");
      await lab.eventually("it finished", async () => child.reports.some(({ type }) => type === "done"));
      await child.stop();
      expect(await behind(lab, topic)).toBe(0n);
    });

    test("a process that stops hands over what it did, and nothing comes twice", async ({ skip }) => {
      if (harness().processes === undefined) return skip("this adapter lives in one process");
      await using lab = await openLab(harness());
      const topic = await lab.topic(2);
      const child = await lab.joinByProcess({ topics: [topic] });
      await lab.send(numbered(topic, 40, manyKeys));
      await lab.eventually("all", async () => all([child], 40));
      await child.stop();
      await lab.send(numbered(topic, 50, manyKeys).slice(40));
      const { recorder } = await lab.join([topic]);
      await recorder.until("the rest", lab.harness.withinMs, () => recorder.messages.length >= 10);
      expect(recorder.texts.toSorted()).toEqual(numbers(50).slice(40).toSorted());
    });

    test("a handler that does not come back bounds what its process fetches ahead", async ({ skip }) => {
      if (harness().processes === undefined) return skip("this adapter lives in one process");
      await using lab = await openLab(harness());
      const topic = await lab.topic(2);
      const keys = [0, 1].map((partition) => manyKeys.find((key) => partitionOf(key, 2) === partition) ?? "");
      const [held = "", free = ""] = keys;
      const large = { topic, key: held, headers: {}, value: new Uint8Array(MAX_MESSAGE_BYTES) };
      const some = Array.from({ length: BACKLOG / 40 }, () => large);
      for (let n = 0; n < 40; n++) await sendAll(lab.broker, some);
      await lab.send(numbered(topic, 2_000, [free]));
      const child = await lab.joinByProcess({ topics: [topic], hold: [0] });
      await lab.eventually("the free partition", async () => child.texts().filter(isNumber).length === 2_000);
      await lab.eventually("the held partition", async () => child.texts().some((text) => !isNumber(text)));
      const grown = rss(child, "batch") - rss(child, "joined");
      expect(grown).toBeLessThan((BACKLOG * MAX_MESSAGE_BYTES) / 2);
    });
  });
}

const all = (children: readonly ChildMember[], count: number): boolean =>
  new Set(children.flatMap((child) => child.texts())).size === count;

const isNumber = (text: string): boolean => /^\d+$/.test(text);

const rss = ({ reports }: ChildMember, type: "joined" | "batch"): number =>
  reports.flatMap((report) => ("rssBytes" in report && report.type === type ? [report.rssBytes] : [])).at(-1) ??
  Number.NaN;
