import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createIdentityVerifier, generateIdentityKeys } from "@gantry/identity";
import { ManualClock } from "@gantry/kernel";
import { type TempDir, tempDir } from "@gantry/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Environment } from "../src/config.ts";
import { runGantry } from "../src/gantry.ts";
import { openDevelopmentIdentity } from "../src/index.ts";
import { openWorkspace } from "../src/workspace.ts";

/** A service that answers --dotenv with a template and notes each migrate; "broken" fails at both. */
const program = `
import { appendFileSync } from "node:fs";
import { basename } from "node:path";
const name = basename(process.cwd());
if (name === "broken") process.exit(5);
if (process.argv[2] === "--dotenv") process.stdout.write("# Settings of " + name + "\\n");
else appendFileSync("../../log", [name, process.argv[2], process.env.FROM_FILE ?? ""].join(" ") + "\\n");
`;

let home: TempDir;
beforeEach(async () => {
  home = await tempDir();
  for (const name of ["alpha", "beta"]) await addService(name);
});
afterEach(() => home.remove());

async function addService(name: string): Promise<void> {
  await mkdir(join(home.path, "services", name, "src"), { recursive: true });
  await writeFile(join(home.path, "services", name, "src", "main.ts"), program);
}

const gantry = (...words: string[]) => gantryWith({}, ...words);

async function gantryWith(environment: Environment, ...[name, ...args]: string[]) {
  let [out, err] = ["", ""];
  const output = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await runGantry(name, args, { output, workspace: openWorkspace(home.path), environment });
  return { code, out, err };
}

describe("gantry", () => {
  test("without a command, and with --help, tells its commands", async () => {
    expect((await gantry()).out).toContain("gantry -- doctor");
    expect((await gantry("--help")).code).toBe(0);
  });

  test.each(["nix", "constructor", "__proto__"])("refuses the unknown command %s", async (name) => {
    const { code, err } = await gantry(name);
    expect(code).toBe(64);
    expect(err).toContain(`There is no command "${name}"`);
  });

  test.each(["env", "migrate", "gateway-token"])(
    "%s --help explains itself, an unknown flag is refused with that",
    async (name) => {
      const { code, out } = await gantry(name, "--help");
      expect([code, out]).toEqual([0, expect.stringContaining(`gantry ${name}:`)]);
      const refused = await gantry(name, "--nix");
      expect([refused.code, refused.err]).toEqual([64, expect.stringContaining(out)]);
    },
  );
});

describe("gantry env", () => {
  test("prints the template of one service, or of all", async () => {
    expect((await gantry("env", "beta")).out).toBe("# Settings of beta\n");
    expect((await gantry("env")).out).toBe("# Settings of alpha\n# Settings of beta\n");
  });

  test("writes a file only its owner can read, never over another one unless forced", async () => {
    const file = join(home.path, "services", "alpha", ".env");
    expect(await gantry("env", "alpha", "--write")).toMatchObject({ code: 0, out: "wrote services/alpha/.env\n" });
    expect((await stat(file)).mode & 0o077).toBe(0);
    await writeFile(file, "MINE=1\n");
    expect((await gantry("env", "alpha", "--write")).code).toBe(1);
    expect(await readFile(file, "utf8")).toBe("MINE=1\n");
    expect((await gantry("env", "alpha", "--force")).code).toBe(0);
    expect(await readFile(file, "utf8")).toBe("# Settings of alpha\n");
  });

  test("names the services there are when one is unknown", async () => {
    expect((await gantry("env", "gamma")).err).toContain('no service "gamma"; there are alpha, beta');
  });
});

describe("gantry migrate", () => {
  test("migrates what it is told, with the service's own .env", async () => {
    await writeFile(join(home.path, "services", "beta", ".env"), "FROM_FILE=yes\n");
    expect((await gantry("migrate", "all")).code).toBe(0);
    expect(await readFile(join(home.path, "log"), "utf8")).toBe("alpha migrate \nbeta migrate yes\n");
  });

  test("ends at the first failure with its code", async () => {
    await addService("broken");
    expect((await gantry("migrate", "broken", "alpha")).code).toBe(5);
    await expect(readFile(join(home.path, "log"))).rejects.toThrow("ENOENT");
  });

  test("wants to be told which service", async () => {
    expect((await gantry("migrate")).code).toBe(64);
  });
});

describe("gantry gateway-token", () => {
  const { privateJwks, jwks } = generateIdentityKeys(["gateway", "order"]);
  const withKey = (key: object, ...args: string[]) =>
    gantryWith({ GATEWAY_IDENTITY_KEY: JSON.stringify(key) }, "gateway-token", ...args);
  const hour = 3_600_000;

  test.each([
    [30, []],
    [1, ["--days", "1"]],
    [90, ["--days=90"]],
  ])("prints nothing but the gateway's identity for IAM, valid for %d days", async (days, args) => {
    const { code, out, err } = await withKey(privateJwks.gateway, ...args);
    expect([code, err]).toEqual([0, ""]);
    const at = (ms: number) => {
      const clock = new ManualClock(new Date(Date.now() + ms));
      return createIdentityVerifier({ service: "iam", jwks, clock }).verify(out.trim());
    };
    expect(await at(0)).toMatchObject({ kind: "service", service: "gateway" });
    await expect(at(24 * hour * days - hour)).resolves.toBeDefined();
    await expect(at(24 * hour * days + hour)).rejects.toMatchObject({ reason: "IDENTITY_EXPIRED" });
    const elsewhere = createIdentityVerifier({ service: "order", jwks });
    await expect(elsewhere.verify(out.trim())).rejects.toMatchObject({ reason: "IDENTITY_INVALID" });
  });

  test.each(["0", "91", "-1", "1.5", "7d", "", "1e1"])("refuses %j days", async (days) => {
    const { code, out, err } = await withKey(privateJwks.gateway, `--days=${days}`);
    expect([code, out]).toEqual([64, ""]);
    expect(err).toContain("a whole number from 1 to 90");
  });

  test("wants a key, of a gateway, and never shows it", async () => {
    expect((await gantry("gateway-token")).err).toContain("GATEWAY_IDENTITY_KEY is not set");
    for (const key of [privateJwks.order, { ...privateJwks.gateway, kid: "service:gateway-2" }]) {
      const { code, out, err } = await withKey(key);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain("not one of service:gateway");
      expect(err).not.toContain(key.d);
    }
    expect((await withKey({ ...privateJwks.gateway, x: 1 })).err).not.toContain(privateJwks.gateway.d);
  });

  test("refuses words that mean nothing", async () => {
    expect((await withKey(privateJwks.gateway, "iam")).code).toBe(64);
  });
});

describe("the development identity", () => {
  test("gets keys for services that came later, and keeps the others", async () => {
    const file = join(home.path, "identity.json");
    const before = await openDevelopmentIdentity(file, ["alpha"]);
    const after = await openDevelopmentIdentity(file, ["alpha", "beta"]);
    for (const name of ["alpha", "users"]) expect(after.privateJwk(name)).toEqual(before.privateJwk(name));
    expect(after.jwks.keys.map(({ kid }) => kid)).toEqual(["users:1", "service:alpha", "service:beta"]);
    expect(JSON.stringify(after.jwks)).not.toContain('"d"');
    expect(() => after.privateJwk("gamma")).toThrow('no key for "gamma"');
  });

  test("refuses a damaged file and says so", async () => {
    const file = join(home.path, "identity.json");
    await writeFile(file, "[]");
    await expect(openDevelopmentIdentity(file, [])).rejects.toThrow("is damaged; delete it");
  });
});
