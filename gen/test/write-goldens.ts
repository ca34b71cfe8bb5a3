import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Golden, GoldenCase, RpcErrorGolden } from "./testdata.ts";
import { wireFields } from "./wire-fields.ts";

/*
 * Fills in the bytes of contracts/testdata from its JSON. They come from buf, a second implementation of protobuf, and not
 * from the generated code that the goldens are there to check. Run it by `npm run goldens -w @gantry/gen`, and read the diff.
 */

const repository = fileURLToPath(new URL("../..", import.meta.url));
const data = join(repository, "contracts/testdata");
const scratch = mkdtempSync(join(tmpdir(), "gantry-goldens-"));
const image = join(scratch, "image.binpb");

const run = (command: string, ...args: string[]): Buffer => execFileSync(command, args, { cwd: repository });

function encode(message: string, json: JsonValue): Buffer {
  const from = join(scratch, "message.json");
  writeFileSync(from, JSON.stringify(json));
  return run("buf", "convert", image, `--type=${message}`, `--from=${from}#format=json`, "--to=-#format=binpb");
}

const hexLines = (message: string, json: JsonValue): string[] =>
  wireFields(encode(message, json)).map((field) => Buffer.from(field).toString("hex"));

const filled = (message: string, { name, json, unknown }: GoldenCase): GoldenCase => {
  const hex = hexLines(message, json);
  return unknown === undefined ? { name, json, hex } : { name, json, hex: [...hex, unknown], unknown };
};

function rewriteMessages(path: string): void {
  const { message, cases, ...rest }: Golden = JSON.parse(readFileSync(path, "utf8"));
  write(path, { message, cases: cases.map((one) => filled(message, one)), ...rest });
}

/** gRPC sends the status as bytes; Connect sends JSON with each detail as bytes in base64 without padding. */
function rewriteError(path: string): void {
  const { reason, connect, status }: RpcErrorGolden = JSON.parse(readFileSync(path, "utf8"));
  const details = status.details.map(({ "@type": url, ...detail }) => {
    const type = url.replace("type.googleapis.com/", "");
    return { type, value: encode(type, detail).toString("base64").replaceAll("=", "") };
  });
  const { code, message } = connect;
  write(path, {
    reason,
    connect: { code, message, details },
    status,
    hex: hexLines("google.rpc.Status", { ...status }),
  });
}

const write = (path: string, content: unknown): void => writeFileSync(path, JSON.stringify(content, null, 2));

const files = (folder: string): string[] => readdirSync(join(data, folder)).map((name) => join(data, folder, name));

try {
  run("buf", "build", "-o", image);
  for (const path of [...files("events"), ...files("messages"), ...files("requests/rpc")]) rewriteMessages(path);
  for (const path of files("errors/rpc")) rewriteError(path);
  run("biome", "format", "--write", data);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
