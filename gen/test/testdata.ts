import { readdirSync, readFileSync } from "node:fs";
import { createRegistry, type DescMessage, type JsonValue } from "@bufbuild/protobuf";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { file_gantry_assembly_v1_events } from "../proto/gantry/assembly/v1/events_pb.ts";
import { file_gantry_cart_v1_cart_service } from "../proto/gantry/cart/v1/cart_service_pb.ts";
import { file_gantry_iam_v1_auth_service } from "../proto/gantry/iam/v1/auth_service_pb.ts";
import { file_gantry_iam_v1_user_service } from "../proto/gantry/iam/v1/user_service_pb.ts";
import { file_gantry_inventory_v1_inventory_service } from "../proto/gantry/inventory/v1/inventory_service_pb.ts";
import { file_gantry_order_v1_events } from "../proto/gantry/order/v1/events_pb.ts";
import { file_gantry_payment_v1_events } from "../proto/gantry/payment/v1/events_pb.ts";
import { file_gantry_payment_v1_payment_service } from "../proto/gantry/payment/v1/payment_service_pb.ts";
import { file_gantry_payment_v1_wallet_service } from "../proto/gantry/payment/v1/wallet_service_pb.ts";
import { file_google_rpc_error_details } from "../proto/google/rpc/error_details_pb.ts";
import { file_google_rpc_status } from "../proto/google/rpc/status_pb.ts";

/** The contract files that goldens are about, in one place: every service and every event. */
export const contractFiles = [
  file_gantry_assembly_v1_events,
  file_gantry_cart_v1_cart_service,
  file_gantry_iam_v1_auth_service,
  file_gantry_iam_v1_user_service,
  file_gantry_inventory_v1_inventory_service,
  file_gantry_order_v1_events,
  file_gantry_payment_v1_events,
  file_gantry_payment_v1_payment_service,
  file_gantry_payment_v1_wallet_service,
];

/** Every message that a golden may name, what is packed inside an Any included. */
export const registry = createRegistry(
  ...contractFiles,
  ...contractFiles.flatMap((file) => file.dependencies),
  file_buf_validate_validate,
  file_google_rpc_error_details,
  file_google_rpc_status,
);

/** One message as JSON and as bytes. */
export interface GoldenCase {
  readonly name: string;
  readonly json: JsonValue;
  /** The bytes in hex, one line for each field. */
  readonly hex: readonly string[];
  /** The last line of `hex` when it is a field that this version does not know. */
  readonly unknown?: string;
}

/** A message that a rule refuses, and which. */
export interface RefusedCase {
  readonly name: string;
  readonly json: JsonValue;
  readonly violations: readonly { readonly field: string; readonly rule: string }[];
}

export interface Golden {
  readonly message: string;
  readonly cases: readonly GoldenCase[];
  readonly refused?: readonly RefusedCase[];
}

/** An error as every protocol of a service tells it. */
export interface RpcErrorGolden {
  readonly reason: string;
  /** The body that Connect sends. Its details are base64 without padding. */
  readonly connect: {
    readonly code: string;
    readonly message: string;
    readonly details: readonly { readonly type: string; readonly value: string }[];
  };
  /** The `google.rpc.Status` that gRPC and gRPC-Web send as `grpc-status-details-bin`. */
  readonly status: {
    readonly code: number;
    readonly message: string;
    readonly details: ({ "@type": string } & Record<string, JsonValue>)[];
  };
  /** The status as bytes in hex, one line for each field. */
  readonly hex: readonly string[];
}

const root = new URL("../../contracts/testdata/", import.meta.url);

/** The JSON files of a folder of contracts/testdata, in the order of their names. */
export function testdata<T>(folder: string): { readonly file: string; readonly content: T }[] {
  const directory = new URL(`${folder}/`, root);
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => {
      const content: T = JSON.parse(readFileSync(new URL(name, directory), "utf8"));
      return { file: `${folder}/${name}`, content };
    });
}

/** The descriptor of a message. @throws Error for a name that no contract has. */
export function messageOf(name: string): DescMessage {
  const message = registry.getMessage(name);
  if (message === undefined) throw new Error(`No contract has a message ${name}.`);
  return message;
}

export const bytesOf = (hex: readonly string[]): Uint8Array => Uint8Array.from(Buffer.from(hex.join(""), "hex"));
