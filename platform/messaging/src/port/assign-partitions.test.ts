import { expect, test } from "vitest";
import { type Assignee, assignPartitions } from "./assign-partitions.ts";

const partitions = (topic: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `${topic}/${n}`, topic }));
const member = (id: string, ...topics: string[]): Assignee => ({ id, topics });
const nobody = new Map<string, string>();

const counts = (assignment: ReadonlyMap<string, string>, topic: string): number[] =>
  [
    ...Map.groupBy(
      [...assignment].filter(([id]) => id.startsWith(`${topic}/`)),
      ([, owner]) => owner,
    ).values(),
  ]
    .map((mine) => mine.length)
    .toSorted();

const moved = (from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): number =>
  [...to].filter(([id, owner]) => from.get(id) !== owner).length;

test("each topic is shared evenly, and who got the odd one of the first gets less of the next", () => {
  const members = [member("a", "x", "y"), member("b", "x", "y")];
  const assignment = assignPartitions([...partitions("x", 5), ...partitions("y", 5)], members, nobody);
  expect(counts(assignment, "x")).toEqual([2, 3]);
  expect(counts(assignment, "y")).toEqual([2, 3]);
  expect([...Map.groupBy(assignment, ([, owner]) => owner).values()].map((mine) => mine.length)).toEqual([5, 5]);
});

test("one that comes gets its share, and no more than that moves", () => {
  const slots = partitions("x", 12);
  const two = assignPartitions(slots, [member("a", "x"), member("b", "x")], nobody);
  const three = assignPartitions(slots, [member("a", "x"), member("b", "x"), member("c", "x")], two);
  expect(counts(three, "x")).toEqual([4, 4, 4]);
  expect(moved(two, three)).toBe(4);
});

test("what one that goes had is shared among the others, who keep theirs", () => {
  const slots = partitions("x", 12);
  const three = assignPartitions(slots, [member("a", "x"), member("b", "x"), member("c", "x")], nobody);
  const two = assignPartitions(slots, [member("a", "x"), member("c", "x")], three);
  expect(counts(two, "x")).toEqual([6, 6]);
  expect(moved(three, two)).toBe(4);
});

test("nothing moves when nothing changed", () => {
  const slots = [...partitions("x", 7), ...partitions("y", 3)];
  const members = [member("a", "x", "y"), member("b", "x"), member("c", "y")];
  const before = assignPartitions(slots, members, nobody);
  expect(assignPartitions(slots, members, before)).toEqual(before);
});

test("a member gets only what it reads; what nobody reads, nobody has", () => {
  const slots = [...partitions("x", 2), ...partitions("y", 2), ...partitions("z", 2)];
  const assignment = assignPartitions(slots, [member("a", "x"), member("b", "y")], nobody);
  expect(Object.fromEntries(assignment)).toEqual({ "x/0": "a", "x/1": "a", "y/0": "b", "y/1": "b" });
});

test("members beyond the partitions have none", () => {
  const members = ["a", "b", "c"].map((id) => member(id, "x"));
  expect(counts(assignPartitions(partitions("x", 2), members, nobody), "x")).toEqual([1, 1]);
});
