import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Category, type Part } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { uuidv7 } from "@gantry/kernel";
import { beforeAll, describe, expect, test } from "vitest";
import type { PartsCatalog } from "../src/parts-catalog.ts";
import { aFilter, aPart } from "./builders.ts";

const nothing = aFilter();

/** What every PartsCatalog promises. `makeCatalog` gives one that is empty and not prepared. */
export function partsCatalogContract(name: string, makeCatalog: () => Promise<PartsCatalog>): void {
  const withParts = async (...parts: Parameters<PartsCatalog["addMissing"]>[0]) => {
    const catalog = await makeCatalog();
    await catalog.prepare();
    await catalog.addMissing(parts);
    return catalog;
  };
  const skusOf = async (catalog: PartsCatalog, filter = nothing, limit = 1000) =>
    (await catalog.list(filter, { limit })).map(({ sku }) => sku);

  describe(`${name} as a PartsCatalog`, () => {
    test("keeps every fact of a part exactly", async () => {
      const part = aPart({
        name: `Ünïcode "quoted" 'name' \\ %_ 🚀`,
        description: "Line one\nline two",
        price: { minor: 9007199254740991n, currency: "KWD" },
        stock: 1_000_000_000,
        category: Category.WING,
        dimensions: { lengthCm: 0.1, widthCm: 1e6, heightCm: 1 / 3, weightKg: 5e-7 },
        manufacturer: { name: "Verrerie Lumière", country: "FR", website: "https://lumiere.example/?a=b" },
        tags: ["a", "b c", "ü"],
        metadata: {
          text: { value: { case: "stringValue", value: "" } },
          whole: { value: { case: "int64Value", value: -9007199254740991n } },
          half: { value: { case: "doubleValue", value: 5 } },
          flag: { value: { case: "boolValue", value: false } },
        },
        createdAt: timestampFromMs(1_767_225_600_123),
        updatedAt: { seconds: 1_767_225_601n, nanos: 123_456_789 },
      });
      const catalog = await withParts(part);
      expect(await catalog.find(part.partUuid)).toEqual(part);
      expect(await catalog.list(nothing, { limit: 10 })).toEqual([part]);
    });

    test("has nothing for an id that no part has", async () => {
      expect(await (await withParts(aPart())).find(uuidv7())).toBeUndefined();
    });

    test("adds a part once and never changes it by adding it again", async () => {
      const part = aPart({ stock: 3 });
      const catalog = await withParts(part);
      await catalog.addMissing([{ ...part, stock: 99, name: "Other" }, aPart({ sku: part.sku })]);
      expect(await catalog.list(nothing, { limit: 10 })).toEqual([part]);
    });

    test("adds what is new beside what is there", async () => {
      const [there, added] = [aPart(), aPart()];
      const catalog = await withParts(there);
      await catalog.addMissing([there, added]);
      expect(await skusOf(catalog)).toHaveLength(2);
      await catalog.addMissing([]);
    });

    test("is prepared and filled once by many replicas at the same time", async () => {
      const catalog = await makeCatalog();
      const parts = Array.from({ length: 40 }, () => aPart());
      const start = async () => {
        await catalog.prepare();
        await catalog.addMissing(parts);
      };
      await Promise.all(Array.from({ length: 8 }, start));
      expect(await skusOf(catalog)).toHaveLength(40);
    });

    test("lists by id, a stretch at a time, without gap or repeat", async () => {
      const parts = Array.from({ length: 7 }, () => aPart({ partUuid: randomUuid() }));
      const catalog = await withParts(...parts);
      const expected = parts.map(({ partUuid }) => partUuid).toSorted();
      const listed: string[] = [];
      for (;;) {
        const stretch = await catalog.list(nothing, { after: listed.at(-1), limit: 3 });
        listed.push(...stretch.map(({ partUuid }) => partUuid));
        if (stretch.length < 3) break;
      }
      expect(listed).toEqual(expected);
    });

    test("lists a stretch of what a filter matches", async () => {
      const parts = Array.from({ length: 6 }, (_, n) => aPart({ name: n % 2 === 0 ? "Even" : "Odd" }));
      const catalog = await withParts(...parts);
      const even = parts.filter((part) => part.name === "Even").toSorted(byId);
      const found = await catalog.list(aFilter({ names: ["Even"] }), { after: even[0]?.partUuid, limit: 5 });
      expect(found).toEqual(even.slice(1));
    });

    describe("filters", () => {
      const madeIn = (country: string) => ({ name: "Test works", country });
      const engine = aPart({ sku: "A-1", name: "Kestrel", category: Category.ENGINE, tags: ["fast", "red"] });
      const wing = aPart({
        sku: "A-2",
        name: "Delta",
        category: Category.WING,
        manufacturer: madeIn("JP"),
        tags: ["red"],
      });
      const window = aPart({ sku: "A-3", name: "Cupola", category: Category.PORTHOLE, tags: ["crew", "round"] });
      const fuel = aPart({ sku: "A-4", name: "Kestrel", category: Category.FUEL, manufacturer: madeIn("FR") });
      let catalog: PartsCatalog;
      beforeAll(async () => {
        catalog = await withParts(engine, wing, window, fuel);
      });
      const { ENGINE, WING, PORTHOLE, FUEL } = Category;

      test.each([
        ["nothing", {}, ["A-1", "A-2", "A-3", "A-4"]],
        ["an id", { partUuids: [wing.partUuid] }, ["A-2"]],
        [
          "ids, unknown and repeated ones among them",
          { partUuids: [fuel.partUuid, uuidv7(), engine.partUuid, fuel.partUuid] },
          ["A-1", "A-4"],
        ],
        ["a hundred ids", { partUuids: [engine.partUuid, ...Array.from({ length: 99 }, uuidv7)] }, ["A-1"]],
        ["an id that no part has", { partUuids: [uuidv7()] }, []],
        ["a name that two have", { names: ["Kestrel"] }, ["A-1", "A-4"]],
        ["one of two names", { names: ["Delta", "Cupola"] }, ["A-2", "A-3"]],
        ["a name in another case", { names: ["kestrel"] }, []],
        ["the beginning of a name", { names: ["Kest"] }, []],
        ["a pattern", { names: ["Kest%", "Kest.*", "^K"] }, []],
        ["a category", { categories: [WING] }, ["A-2"]],
        ["one of two categories", { categories: [ENGINE, PORTHOLE] }, ["A-1", "A-3"]],
        ["a country", { manufacturerCountries: ["DE"] }, ["A-1", "A-3"]],
        ["one of two countries", { manufacturerCountries: ["JP", "FR"] }, ["A-2", "A-4"]],
        ["a tag", { tags: ["red"] }, ["A-1", "A-2"]],
        ["one of two tags", { tags: ["fast", "crew"] }, ["A-1", "A-3"]],
        ["a tag that no part has", { tags: ["re"] }, []],
        ["two fields at once", { names: ["Kestrel"], categories: [FUEL] }, ["A-4"]],
        ["two fields that no part has together", { tags: ["red"], categories: [FUEL] }, []],
        [
          "every field",
          {
            partUuids: [engine.partUuid, wing.partUuid],
            names: ["Kestrel", "Delta"],
            categories: [ENGINE, WING],
            manufacturerCountries: ["DE", "JP"],
            tags: ["red"],
          },
          ["A-1", "A-2"],
        ],
        ["texts with a NUL", { names: ["Kestrel\0"], tags: ["red\0"] }, []],
        ["texts that look like code", { names: ["'; drop table part; --", '{"$ne":null}', "$1"] }, []],
      ])("by %s", async (_what, filter, skus) => {
        expect((await skusOf(catalog, aFilter(filter))).toSorted()).toEqual(skus);
      });
    });
  });
}

/** Of version 4, so that the order of ids is not the order of their making. */
const randomUuid = (): string => crypto.randomUUID();

const byId = (a: Part, b: Part): number => (a.partUuid < b.partUuid ? -1 : 1);
