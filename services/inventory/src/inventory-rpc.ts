import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import {
  InventoryService,
  type ListPartsRequest,
  type PartFilter,
  PartFilterSchema,
} from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import type { Part } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { AppError, type CursorKeys, decodeCursor, encodeCursor, isUuid, type Uuid } from "@gantry/kernel";
import type { PartsCatalog } from "./parts-catalog.ts";

const DEFAULT_PAGE_SIZE = 20;

/** The reading half of the contract; Reserve, Release and Commit answer `unimplemented` until stock can be reserved. */
export function inventoryRoutes(catalog: PartsCatalog): (router: ConnectRouter) => void {
  return (router) =>
    router.service(InventoryService, {
      getPart: async ({ partUuid }) => ({ part: await known(catalog, partUuid) }),
      getStock: async ({ partUuid }) => ({ free: (await known(catalog, partUuid)).stock }),
      listParts: (request) => listParts(catalog, request),
    });
}

async function known(catalog: PartsCatalog, partUuid: string): Promise<Part> {
  const part = await catalog.find(partUuid.toLowerCase());
  if (part === undefined) throw partNotFound(partUuid);
  return part;
}

async function listParts(catalog: PartsCatalog, { filter, page }: ListPartsRequest) {
  const { pageSize = 0, pageToken = "" } = page ?? {};
  const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
  const after = pageToken === "" ? undefined : decodeCursor(pageToken, isPosition)[0];
  const found = await catalog.list(normal(filter), { after, limit: size + 1 });
  const parts = found.slice(0, size);
  const last = parts.at(-1);
  const nextPageToken = found.length > size && last !== undefined ? encodeCursor([last.partUuid]) : "";
  return { parts, page: { nextPageToken } };
}

const isPosition = (keys: CursorKeys): keys is readonly [Uuid] =>
  keys.length === 1 && typeof keys[0] === "string" && isUuid(keys[0]);

/** The contract takes ids in any case; they are kept in lower case. */
const normal = (filter: PartFilter = create(PartFilterSchema)): PartFilter => ({
  ...filter,
  partUuids: filter.partUuids.map((uuid) => uuid.toLowerCase()),
});

const partNotFound = (partUuid: string): AppError =>
  new AppError({
    kind: "not_found",
    reason: "PART_NOT_FOUND",
    message: `There is no part ${partUuid}.`,
    details: { part_uuid: partUuid },
  });
