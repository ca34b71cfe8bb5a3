import { healthySnapshot as healthy } from "./healthy-snapshot.ts";
import { judge } from "./judge.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is wrong when `change` is made to a healthy system: invariant and message of each violation. */
export const wrong = (change: Partial<Snapshot>): string[] =>
  judge({ ...healthy, ...change }).map(({ invariant, message }) => `${invariant} ${message}`);

/** All but those that `is` names. */
export const without = <T>(list: readonly T[], is: (item: T) => boolean): T[] => {
  const left = list.filter((item) => !is(item));
  if (left.length === list.length) throw new Error("nothing was taken away");
  return left;
};

/** `set` on those that `is` names. */
export const altered = <T>(list: readonly T[], is: (item: T) => boolean, set: Partial<T>): T[] => {
  if (!list.some(is)) throw new Error("nothing was altered");
  return list.map((item) => (is(item) ? { ...item, ...set } : item));
};

export const first = <T>(list: readonly T[], is: (item: T) => boolean): T => {
  const found = list.find(is);
  if (found === undefined) throw new Error("there is none");
  return found;
};
