import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type PartFilter, PartFilterSchema } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Category, type Part, PartSchema } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { uuidv7 } from "@gantry/kernel";

type PartFacts = Exclude<MessageInitShape<typeof PartSchema>, Part>;

export const aPart = (facts: PartFacts = {}): Part => {
  const partUuid = facts.partUuid ?? uuidv7();
  return create(PartSchema, {
    partUuid,
    sku: `T-${partUuid.slice(-28).toUpperCase()}`,
    name: "Test engine",
    price: { minor: 100n, currency: "USD" },
    stock: 5,
    category: Category.ENGINE,
    dimensions: { lengthCm: 1, widthCm: 2, heightCm: 3, weightKg: 4.5 },
    manufacturer: { name: "Test works", country: "DE" },
    createdAt: timestampFromMs(0),
    updatedAt: timestampFromMs(0),
    ...facts,
  });
};

export const aFilter = (facts: MessageInitShape<typeof PartFilterSchema> = {}): PartFilter =>
  create(PartFilterSchema, facts);
