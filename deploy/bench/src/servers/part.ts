import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { GetPartResponseSchema } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Category } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";

const at = timestampFromDate(new Date("2026-11-02T10:00:00Z"));

/** What every contender answers: a part of ordinary size. */
export const answer = create(GetPartResponseSchema, {
  part: {
    partUuid: "0199a3b0-0001-7000-8000-000000000001",
    sku: "ENG-0042",
    name: "Vulcan main engine",
    description: "A staged-combustion engine for the first stage, throttled between 40 and 110 percent.",
    price: { minor: 1_250_000n, currency: "USD" },
    stock: 12,
    category: Category.ENGINE,
    dimensions: { lengthCm: 320, widthCm: 180, heightCm: 180, weightKg: 1630 },
    manufacturer: { name: "Vulcan Works", country: "DE", website: "https://vulcan.example" },
    tags: ["engine", "first-stage", "reusable"],
    metadata: {
      thrust_kn: { value: { case: "int64Value", value: 2200n } },
      reusable: { value: { case: "boolValue", value: true } },
    },
    createdAt: at,
    updatedAt: at,
  },
});
