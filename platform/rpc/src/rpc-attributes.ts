import type { DescMethod } from "@bufbuild/protobuf";
import { attributeNames } from "@gantry/telemetry";
import { methodName } from "./policies.ts";

interface RpcAttributes {
  /** `pkg.Service/Method`. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const known = new WeakMap<DescMethod, RpcAttributes>();

/** What each span of a method says, made once per method. */
export function rpcAttributes(method: DescMethod): RpcAttributes {
  const found = known.get(method);
  if (found !== undefined) return found;
  const name = methodName(method);
  const attributes = { [attributeNames.rpcSystem]: "connectrpc", [attributeNames.rpcMethod]: name };
  known.set(method, { name, attributes });
  return { name, attributes };
}
