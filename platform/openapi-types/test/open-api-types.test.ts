import { describe, expect, test } from "vitest";
import { openApiTypes } from "../src/index.ts";

const document = (description: string, property = "name"): object => ({
  openapi: "3.1.0",
  info: { title: "t", version: "1" },
  paths: {},
  components: {
    schemas: {
      Part: { description, type: "object", required: [property], properties: { [property]: { type: "string" } } },
    },
  },
});

describe("openApiTypes", () => {
  test("turns a schema into types", async () => {
    expect(await openApiTypes(document("A part."))).toContain("name: string;");
  });

  test("keeps hostile text inside comments and quotes", async () => {
    const hostile = '*/ globalThis.pwned = 1; /* " ` \u0024{globalThis.pwned = 1} \u2028 globalThis.pwned = 1';
    expect(await openApiTypes(document(hostile, hostile))).toContain(JSON.stringify(hostile).slice(1, 10));
  });

  test("refuses a document that is not OpenAPI 3", async () => {
    await expect(openApiTypes({ swagger: "2.0" })).rejects.toThrow(/OpenAPI|Swagger|schema/);
  });
});
