import { createValidator } from "@bufbuild/protovalidate";
import { Category, PartSchema } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { expect, test } from "vitest";
import { seedParts } from "../src/seed.ts";

const parts = await seedParts();

test("the seeded catalogue has at least 40 parts, and every kind of them", () => {
  expect(parts.length).toBeGreaterThanOrEqual(40);
  const { ENGINE, FUEL, PORTHOLE, WING } = Category;
  expect(new Set(parts.map(({ category }) => category))).toEqual(new Set([ENGINE, FUEL, PORTHOLE, WING]));
});

test("every seeded part is valid by its contract and says everything about itself", () => {
  const validator = createValidator();
  for (const part of parts) {
    expect(validator.validate(PartSchema, part), part.sku).toMatchObject({ kind: "valid" });
    expect(part.description.length, part.sku).toBeGreaterThan(10);
    expect(part.tags.length, part.sku).toBeGreaterThan(0);
    expect(Object.keys(part.metadata).length, part.sku).toBeGreaterThan(1);
    expect(part.price?.minor, part.sku).toBeGreaterThan(0n);
  }
});

test("ids and SKUs are there once", () => {
  for (const of of [parts.map(({ partUuid }) => partUuid), parts.map(({ sku }) => sku)])
    expect(new Set(of).size).toBe(of.length);
});
