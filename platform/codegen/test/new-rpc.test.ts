import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { root, run, tempFolder } from "./workspace.ts";

const PROTO = "contracts/proto/gantry/payment/v1/wallet_service.proto";
const CLOSE = "/gantry.payment.v1.WalletService/CloseAccount";

const method = (auth: string): string => `
  rpc CloseAccount(GetAccountRequest) returns (GetAccountResponse) {
    option (gantry.policy.v1.method) = {
      auth: ${auth}
      ${auth === "AUTH_SERVICE" ? 'callers: "order"' : ""}
      deadline_ms: 700
      idempotency: IDEMPOTENCY_NONE
    };
  }
`;

/** The repository's contracts and its own buf.gen.yaml, in a folder where a method can be added. */
async function withMethod(auth: string) {
  const folder = await tempFolder();
  for (const name of ["contracts", "buf.yaml", "buf.lock"])
    await cp(join(root, name), join(folder.path, name), { recursive: true }).catch(ignoreMissing);
  await mkdir(join(folder.path, "gen"));
  const settings = await readFile(join(root, "buf.gen.yaml"), "utf8");
  // The plugins stay where they are; everything else is the copy's own.
  await writeFile(
    join(folder.path, "buf.gen.yaml"),
    settings.replaceAll(" platform/codegen/", ` ${root}platform/codegen/`),
  );
  const proto = await readFile(join(folder.path, PROTO), "utf8");
  await writeFile(
    join(folder.path, PROTO),
    proto.replace("service WalletService {", `service WalletService {${method(auth)}`),
  );
  expect(await run("buf", ["generate"], folder.path)).toEqual({ code: 0, stdout: "", stderr: "" });
  const read = (file: string): Promise<string> => readFile(join(folder.path, "gen", file), "utf8");
  const [routes, envoy, access] = await Promise.all(
    ["routes/routes.ts", "envoy/routes.yaml", "access/access-matrix.md"].map(read),
  );
  return { routes, envoy: parse(envoy ?? ""), access, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

const named = (routes: readonly { readonly name: string }[]) => routes.filter(({ name }) => name.includes(CLOSE));

test("a new method for people is in both gateways' routes after buf generate alone, behind the session check", async () => {
  await using made = await withMethod("AUTH_SESSION");
  expect(made.routes).toContain(`path: "${CLOSE}", operation: "${CLOSE}", auth: "SESSION"`);
  expect(named(made.envoy)).toMatchObject([
    {
      match: { path: CLOSE, headers: [{ name: ":method", string_match: { exact: "POST" } }] },
      metadata: { filter_metadata: { "envoy.filters.http.lua": { rpc: true } } },
      route: { cluster: "payment", timeout: "0.95s" },
    },
    { name: `405 ${CLOSE}`, direct_response: { status: 405 } },
  ]);
  expect(JSON.stringify(named(made.envoy)[0])).not.toContain("public");
  expect(made.access).toMatch(/CloseAccount` +\| people +\| 401 +\| yes/);
});

test("a new method for services is at no gateway", async () => {
  await using made = await withMethod("AUTH_SERVICE");
  expect(made.routes).toContain(`operation: "${CLOSE}", auth: "SERVICE"`);
  expect(named(made.envoy)).toEqual([]);
  expect(made.access).toMatch(/CloseAccount` +\| services +\| 404 +\| 404 +\| 404/);
});
