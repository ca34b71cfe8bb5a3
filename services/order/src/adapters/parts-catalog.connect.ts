import type { Client } from "@connectrpc/connect";
import type { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import type { Part as PartMessage } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { AppError, type Uuid } from "@gantry/kernel";
import type { CallContext, Part, PartsCatalog } from "../app/ports.ts";

/** The most parts that one call of ListParts takes and answers. */
const PARTS_PER_CALL = 100;

/** Looks parts up in the inventory service with the identity of the person who orders. */
export class ConnectPartsCatalog implements PartsCatalog {
  readonly #inventory: Client<typeof InventoryService>;

  constructor(inventory: Client<typeof InventoryService>) {
    this.#inventory = inventory;
  }

  async find(partUuids: readonly Uuid[], { identity, signal }: CallContext): Promise<readonly Part[]> {
    try {
      const { parts } = await this.#inventory.listParts(
        { filter: { partUuids: [...partUuids] }, page: { pageSize: PARTS_PER_CALL } },
        { signal, headers: { [IDENTITY_HEADER]: identity } },
      );
      return parts.map(toPart);
    } catch (error) {
      throw translated(error);
    }
  }
}

function toPart({ partUuid, name, price }: PartMessage): Part {
  if (price === undefined) throw new TypeError(`part ${partUuid} came without a price`);
  return { partUuid, name, price: { minor: price.minor, currency: price.currency } };
}

/** Inventory's words are its own: the person learns only whether trying again makes sense. */
function translated(error: unknown): AppError {
  const upstream = AppError.from(error);
  if (!upstream.retryable) return AppError.from(new Error("inventory refused the look-up", { cause: upstream }));
  return new AppError({
    kind: "unavailable",
    reason: "INVENTORY_UNAVAILABLE",
    message: "The parts cannot be looked up now. Try again later.",
    retryAfterSec: 1,
    cause: upstream,
  });
}
