import { describe, expect, test } from "vitest";
import { infraTests } from "./config.ts";
import { broken, envoyLab, IDENTITY, letsThrough, statusOf, TOKEN, withoutFilter, withoutRoute } from "./envoy-lab.ts";

const session = `Authorization: Bearer ${TOKEN}`;
const forged = `x-gantry-identity: ${IDENTITY}`;
const withoutRbac = () => withoutFilter("envoy.filters.http.rbac");

describe.runIf(infraTests)("the locks of Envoy", { timeout: 120_000 }, () => {
  describe("the first lock is broken: the second one holds", () => {
    test.each(Object.entries(broken))("a script that %s", async (_what, lua) => {
      const { gateway, arrivals } = await envoyLab({ parts: { script: lua }, validate: false });
      for (const fields of [[], [session], [forged], [session, forged]])
        expect([401, 503]).toContain(await statusOf(gateway.url, "/mine", ...fields));
      expect(await statusOf(gateway.url, "/mine", session)).toBe(503);
      expect(arrivals).toEqual([]);
    });
  });

  describe("the second lock is gone: the first one holds", () => {
    test("without and with a bad session, and with a forged identity", async () => {
      const { gateway, arrivals } = await envoyLab({ parts: { template: withoutRbac() } });
      for (const fields of [
        [],
        ["Authorization: Bearer !"],
        ["Authorization: Basic YTpi"],
        [forged],
        [session, session],
      ])
        expect(await statusOf(gateway.url, "/mine", ...fields)).toBe(401);
      expect(arrivals).toEqual([]);
    });

    test("when IAM cannot be asked", async () => {
      const { gateway, arrivals } = await envoyLab({
        parts: { template: withoutRbac() },
        settings: { iamUrl: "http://127.0.0.1:1" },
      });
      expect(await statusOf(gateway.url, "/mine", session)).toBe(503);
      expect(arrivals).toEqual([]);
    });
  });

  test("with both locks gone the door is open: the tests above would notice", async () => {
    const { gateway, arrivals } = await envoyLab({ parts: { script: letsThrough, template: withoutRbac() } });
    expect(await statusOf(gateway.url, "/mine")).toBe(200);
    expect(arrivals).toHaveLength(1);
  });

  test("an identity of a client's own gets nowhere, even when the script does not look at it", async () => {
    const trusting = `function envoy_on_request(h) h:streamInfo():dynamicMetadata():set("gantry.session", "state", "ok") end`;
    const { gateway, arrivals } = await envoyLab({ parts: { script: trusting } });
    expect(await statusOf(gateway.url, "/mine", forged, "X-Gantry-Identity: x.y.z")).toBe(503);
    expect(arrivals).toEqual([]);
  });

  describe("what could be read in two ways", () => {
    const hiding = [
      "a;b",
      "a%2fb",
      "a%5cb",
      "a%3bb",
      "%252e%252e",
      "..%252fmine",
      "a%00",
      "a%0a",
      "%",
      "%zz",
      "%c0%ae",
    ];

    test("is refused in a parameter, and reaches nobody", async () => {
      const { gateway, arrivals } = await envoyLab();
      for (const id of hiding) expect([id, await statusOf(gateway.url, `/things/${id}`)]).toEqual([id, 400]);
      expect(arrivals).toEqual([]);
      expect(await statusOf(gateway.url, "/things/a%20b.c")).toBe(200);
    });

    test("is no parameter either, when nothing refuses it first", async () => {
      const { gateway, arrivals } = await envoyLab({ parts: { template: withoutRoute("path-refused") } });
      for (const id of hiding) expect([400, 404]).toContain(await statusOf(gateway.url, `/things/${id}`));
      expect(arrivals).toEqual([]);
    });
  });
});
