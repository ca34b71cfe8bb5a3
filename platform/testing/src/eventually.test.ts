import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";

test("returns the first answer that is not a failure", async () => {
  let tries = 0;
  const answer = await eventually(() => {
    tries += 1;
    if (tries < 3) throw new Error("not yet");
    return "there";
  });
  expect([answer, tries]).toEqual(["there", 3]);
});

test("takes undefined for success and false for failure", async () => {
  await eventually(() => undefined);
  await expect(eventually(() => false, { withinMs: 30, everyMs: 5 })).rejects.toThrow("answered false");
});

test("gives up at the deadline and says what was wrong last", async () => {
  const probe = () => Promise.reject(new Error("still 3 of 4"));
  await expect(eventually(probe, { withinMs: 30, everyMs: 5 })).rejects.toThrow("not so within 30 ms: still 3 of 4");
});

test("does not wait for a probe that hangs", async () => {
  const probe = () => new Promise<void>(() => {});
  await expect(eventually(probe, { withinMs: 30 })).rejects.toThrow("the probe did not answer");
});
