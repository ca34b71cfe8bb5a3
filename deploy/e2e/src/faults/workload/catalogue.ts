import { createClient } from "@connectrpc/connect";
import { type Customer, transportTo } from "@gantry/devstack";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import type { Item } from "./api.ts";
import type { Story } from "./plan.ts";

/** The parts that people order. */
export interface Catalogue {
  readonly size: number;
  /** What a story orders, and what it costs. */
  basket(items: Story["items"]): { readonly items: readonly Item[]; readonly totalMinor: number };
}

interface Part {
  readonly partUuid: string;
  readonly priceMinor: number;
}

/** Cheap enough that a wallet can be filled for any basket at once. */
const AFFORDABLE_MINOR = 2_000_000;

/** Reads the parts once, as a customer; they are the same in every system that was seeded. */
export async function readCatalogue(gateway: string, { headers }: Customer): Promise<Catalogue> {
  const client = createClient(InventoryService, transportTo(gateway));
  const { parts } = await client.listParts({ page: { pageSize: 100 } }, { headers });
  const affordable = parts
    .map((part): Part => ({ partUuid: part.partUuid, priceMinor: Number(part.price?.minor ?? 0n) }))
    .filter(({ priceMinor }) => priceMinor > 0 && priceMinor <= AFFORDABLE_MINOR);
  return catalogueOf(affordable);
}

/** @throws Error when a story names a part that is not among them */
function catalogueOf(parts: readonly Part[]): Catalogue {
  const at = (index: number): Part => {
    const part = parts[index];
    if (part === undefined) throw new Error(`there is no part ${index}, only ${parts.length}`);
    return part;
  };
  return {
    size: parts.length,
    basket: (items) => ({
      items: items.map(({ part, quantity }) => ({ partUuid: at(part).partUuid, quantity })),
      totalMinor: items.reduce((total, { part, quantity }) => total + at(part).priceMinor * quantity, 0),
    }),
  };
}
