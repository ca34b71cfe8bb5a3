import type { PartFilter } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import type { Part } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import type { Uuid } from "@gantry/kernel";
import { type Mongo, translateMongoError } from "@gantry/mongo";
import { type Collection, type Filter, MongoBulkWriteError } from "mongodb";
import { categoryName, fromStored, type StoredPart, toStored } from "./part-document.ts";
import type { PartsCatalog, Stretch } from "./parts-catalog.ts";

type PartDocument = StoredPart & { readonly _id: Uuid };

const DUPLICATE_KEY = 11000;
/** Below the deadlines of the contract: the server must not work on for a caller who has gone. */
const maxTimeMS = 2000;

/** Parts in MongoDB. */
export class MongoPartsCatalog implements PartsCatalog {
  readonly #parts: Collection<PartDocument>;

  constructor({ db }: Pick<Mongo, "db">) {
    this.#parts = db.collection("part");
  }

  /** An index that is there already is left alone. */
  async prepare(): Promise<void> {
    await this.#parts
      .createIndexes([
        { key: { "document.sku": 1 }, name: "part_sku", unique: true },
        { key: { "document.name": 1, _id: 1 }, name: "part_name" },
        { key: { "document.category": 1, _id: 1 }, name: "part_category" },
        { key: { "document.manufacturer.country": 1, _id: 1 }, name: "part_country" },
        { key: { "document.tags": 1, _id: 1 }, name: "part_tags" },
      ])
      .catch(fail);
  }

  async addMissing(parts: readonly Part[]): Promise<void> {
    if (parts.length === 0) return;
    const documents = parts.map((part) => ({ _id: part.partUuid, ...toStored(part) }));
    await this.#parts.insertMany(documents, { ordered: false }).catch(ignoreDuplicates);
  }

  async find(partUuid: Uuid): Promise<Part | undefined> {
    const found = await this.#parts.findOne({ _id: partUuid }, { maxTimeMS }).catch(fail);
    return found === null ? undefined : fromStored(found);
  }

  async list(filter: PartFilter, { after, limit }: Stretch): Promise<readonly Part[]> {
    const conditions = matching(filter);
    if (after !== undefined) conditions.push({ _id: { $gt: after } });
    const query = conditions.length === 0 ? {} : { $and: conditions };
    const found = await this.#parts.find(query, { maxTimeMS }).sort({ _id: 1 }).limit(limit).toArray().catch(fail);
    return found.map(fromStored);
  }
}

function matching(filter: PartFilter): Filter<PartDocument>[] {
  const { partUuids, names, categories, manufacturerCountries, tags } = filter;
  const anyOf = (field: string, values: readonly string[]): Filter<PartDocument>[] =>
    values.length === 0 ? [] : [{ [field]: { $in: [...values] } }];
  return [
    ...anyOf("_id", partUuids),
    ...anyOf("document.name", names),
    ...anyOf("document.category", categories.map(categoryName)),
    ...anyOf("document.manufacturer.country", manufacturerCountries),
    ...anyOf("document.tags", tags),
  ];
}

function fail(error: unknown): never {
  throw translateMongoError(error);
}

/** Unordered: every document was tried, and those that are there already were refused one by one. */
function ignoreDuplicates(error: unknown): void {
  if (error instanceof MongoBulkWriteError && [error.writeErrors].flat().every(({ code }) => code === DUPLICATE_KEY))
    return;
  fail(error);
}
