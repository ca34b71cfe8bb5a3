import { describe, expect, test } from "vitest";
import { altered, first, without, wrong } from "../broken-snapshot.ts";
import { built, healthySnapshot as healthy } from "../healthy-snapshot.ts";

describe("I3 is red when", () => {
  const ofAssembly = ({ consumer, key }: { readonly consumer: string; readonly key: string }): boolean =>
    consumer === "assembly" && key === built;

  test("a consumer skipped a version", () => {
    const inbox = without(healthy.inbox, (row) => ofAssembly(row) && row.version === 2);
    expect(wrong({ inbox })).toContain("I3 applied versions 1, 3, 4, 5");
  });

  test("a consumer repeated a version", () => {
    const again = first(healthy.inbox, (row) => ofAssembly(row) && row.version === 2);
    expect(wrong({ inbox: [...healthy.inbox, again] })).toContain("I3 applied versions 1, 2, 2, 3, 4, 5");
  });

  test.each([4, 6])("a cursor says %i where 5 was applied", (lastVersion) => {
    expect(wrong({ cursors: altered(healthy.cursors, ofAssembly, { lastVersion }) })).toEqual([
      `I3 applied up to 5, but its cursor says ${lastVersion}`,
    ]);
  });

  test("a consumer went on past a parked event", () => {
    const parked = [{ ...first(healthy.inbox, (row) => ofAssembly(row) && row.version === 4), reason: "BUG" }];
    expect(wrong({ parked })).toEqual(["I3 applied version 5 past version 4, which is parked"]);
  });
});
