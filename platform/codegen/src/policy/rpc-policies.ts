import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import type { Policy } from "@gantry/kernel";
import type { PluginInput } from "../plugin/plugin.ts";
import { customOption } from "../proto/custom-option.ts";
import { type OwnFile, ownFiles } from "../proto/own-files.ts";
import { placeOf } from "../proto/places.ts";
import type { Problems } from "../refusal/problems.ts";
import { readPolicy } from "./read-policy.ts";

/** A remote procedure and its policy. */
export interface RpcMethod {
  readonly file: OwnFile;
  readonly desc: DescMethod;
  /** `/pkg.Service/Method`: its path on the wire and its name in the policy table. */
  readonly key: string;
  readonly policy: Policy;
}

/** Every method of our protos, in the order of files and declarations. Reports those without a sound policy. */
export function readRpcMethods(input: PluginInput, problems: Problems): readonly RpcMethod[] {
  const option = customOption(input, "gantry.policy.v1.method");
  const methods = ownFiles(input).flatMap((file) =>
    file.desc.services.flatMap((service) => service.methods.map((desc) => ({ file, desc }))),
  );
  return methods.flatMap(({ file, desc }) => {
    const refuse = (problem: string, advice: string): void =>
      problems.add(placeOf(file, desc), `${desc.parent.name}.${desc.name}: ${problem}`, advice);
    const written = option.read(desc);
    if (written === undefined) {
      refuse(
        "The method has no policy.",
        "Add option (gantry.policy.v1.method) with auth, deadline_ms and idempotency.",
      );
      return [];
    }
    const policy = readPolicy({ fields: withoutPrefixes(written), refuse });
    if (policy === undefined) return [];
    checkLevel(desc, policy, refuse);
    return [{ file, desc, key: `/${desc.parent.typeName}/${desc.name}`, policy }];
  });
}

/** Enum values as the table writes them: `AUTH_SESSION` is `SESSION`. `_UNSPECIFIED` is 0 and so never in the JSON. */
function withoutPrefixes(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, withoutPrefix(value)]));
}

function withoutPrefix(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/^(?:AUTH|IDEMPOTENCY|RATE_SCOPE)_/, "");
  const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
  return isGroup ? withoutPrefixes({ ...value }) : value;
}

/** Connect clients send a method that says it has no side effects as a GET, so the two statements must agree. */
function checkLevel(desc: DescMethod, policy: Policy, refuse: (problem: string, advice: string) => void): void {
  const harmless = policy.idempotency === "NO_SIDE_EFFECTS";
  if (harmless !== (desc.idempotency === Level.NO_SIDE_EFFECTS)) {
    refuse(
      `idempotency_level and the policy's ${policy.idempotency} contradict each other.`,
      "Say NO_SIDE_EFFECTS in both or in none.",
    );
  }
  if (desc.idempotency === Level.IDEMPOTENT && policy.idempotency === "NONE") {
    refuse("idempotency_level says IDEMPOTENT, the policy NONE.", "Make the policy KEYED, or take the level out.");
  }
}
