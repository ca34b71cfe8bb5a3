import type { DescMethod } from "@bufbuild/protobuf";
import type { Route } from "@gantry/kernel";
import type { RpcMethod } from "../policy/rpc-policies.ts";
import { placeOf } from "../proto/places.ts";
import { fromPolicy, type PlacedRoute } from "./route.ts";

const streaming = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
} as const satisfies Record<DescMethod["methodKind"], Route["streaming"]>;

/** The route of a method by its own path: gRPC, gRPC-Web and Connect alike. */
export function rpcRoute({ file, desc, key, policy }: RpcMethod): PlacedRoute {
  return {
    kind: "rpc",
    service: serviceOf(desc),
    methods: policy.idempotency === "NO_SIDE_EFFECTS" && desc.methodKind === "unary" ? ["POST", "GET"] : ["POST"],
    path: key,
    operation: key,
    ...fromPolicy(policy),
    streaming: streaming[desc.methodKind],
    place: placeOf(file, desc),
  };
}

/** The service that answers a package: `cart` of `gantry.cart.v1`. */
const serviceOf = ({ parent }: DescMethod): string => parent.file.proto.package.split(".").at(-2) ?? "";
