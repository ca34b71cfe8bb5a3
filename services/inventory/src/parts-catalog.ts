import type { PartFilter } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import type { Part } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import type { Uuid } from "@gantry/kernel";

/** A stretch of a listing. */
export interface Stretch {
  /** Only parts whose id comes after this one. */
  readonly after?: Uuid | undefined;
  /** How many at most. */
  readonly limit: number;
}

/** The parts, wherever they are kept. Ids are in lower case. */
export interface PartsCatalog {
  /** Makes the place ready. Safe to repeat, and for several replicas at once. */
  prepare(): Promise<void>;
  /** Adds the parts whose id and SKU are new, and leaves the others as they are. Safe for several replicas at once. */
  addMissing(parts: readonly Part[]): Promise<void>;
  find(partUuid: Uuid): Promise<Part | undefined>;
  /** The parts that match, as {@link PartFilter} says, in the order of their ids. */
  list(filter: PartFilter, stretch: Stretch): Promise<readonly Part[]>;
}
