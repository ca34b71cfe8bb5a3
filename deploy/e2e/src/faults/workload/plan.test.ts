import { expect, test } from "vitest";
import { plan, storyKinds } from "./plan.ts";
import { createRandom } from "./random.ts";

const options = { seed: "42", orders: 200, people: 8, parts: 20 };

test("plans the same for the same seed, and otherwise for another", () => {
  expect(plan(options)).toEqual(plan(options));
  expect(plan({ ...options, seed: "43" })).not.toEqual(plan(options));
});

test("tells every kind of story, of orders with one to five different parts", () => {
  const stories = plan(options);
  expect(new Set(stories.map(({ kind }) => kind))).toEqual(new Set(storyKinds));
  const sizes = stories.map(({ items }) => new Set(items.map(({ part }) => part)).size);
  expect(new Set(sizes)).toEqual(new Set([1, 2, 3, 4, 5]));
  expect(stories.every(({ items }) => items.every(({ part, quantity }) => part < 20 && quantity >= 1))).toBe(true);
});

test("gives those without money a wallet that nobody else fills", () => {
  const stories = plan(options);
  const poor = stories.filter(({ kind }) => kind === "poor").map(({ person }) => person);
  const others = new Set(stories.filter(({ kind }) => kind !== "poor").map(({ person }) => person));
  expect(poor.some((person) => others.has(person))).toBe(false);
  expect(new Set(poor).size).toBe(poor.length);
});

test("tells only the kinds asked for", () => {
  expect(new Set(plan({ ...options, kinds: ["card"] }).map(({ kind }) => kind))).toEqual(new Set(["card"]));
});

test("draws every number of a range about equally often", () => {
  const random = createRandom("dice");
  const counts = new Map<number, number>();
  for (let time = 0; time < 6_000; time++) {
    const face = random.int(1, 6);
    counts.set(face, (counts.get(face) ?? 0) + 1);
  }
  expect([...counts.keys()].toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
