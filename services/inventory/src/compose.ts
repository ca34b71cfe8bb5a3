import { rpcPolicies } from "@gantry/gen/policy/policy";
import { createIdentityVerifier } from "@gantry/identity";
import { connectMongo } from "@gantry/mongo";
import { createPostgres, migrate } from "@gantry/postgres";
import { createRpcServer, type RpcServer } from "@gantry/rpc";
import {
  type Component,
  componentsOf,
  createContainer,
  registerFactory,
  resolve,
  type ServiceContext,
  token,
} from "@gantry/runtime";
import type { InventoryConfig } from "./config.ts";
import { inventoryRoutes } from "./inventory-rpc.ts";
import { MongoPartsCatalog } from "./parts-catalog.mongo.ts";
import { type PartTables, PostgresPartsCatalog } from "./parts-catalog.postgres.ts";
import type { PartsCatalog } from "./parts-catalog.ts";
import { seedParts } from "./seed.ts";

type Context = ServiceContext<InventoryConfig>;

const NAME = "inventory";
/** Below the 2 s that a caller may wait for a part. */
const STATEMENT_TIMEOUT_MS = 1500;

/** A catalogue and the connection that it lives on. */
interface OpenStore {
  readonly catalog: PartsCatalog;
  readonly connection: Required<Pick<Component, "name" | "check" | "stop">>;
}

const tokens = {
  store: token<OpenStore>("store"),
  rpc: token<RpcServer>("rpc"),
};

/** The parts of this service, in the order in which they start. */
export function compose(context: Context): readonly Component[] {
  const { config, logger } = context;
  const container = createContainer();

  registerFactory(
    container,
    tokens.store,
    () => openStore(context),
    ({ catalog, connection }) => ({ ...connection, start: () => fill(catalog, config.seed) }),
  );
  registerFactory(
    container,
    tokens.rpc,
    (get) =>
      createRpcServer({
        service: NAME,
        host: config.host,
        port: config.rpcPort,
        logger,
        policies: rpcPolicies,
        verifier: createIdentityVerifier({ service: NAME, jwks: config.identityJwks, jwksUrl: config.identityJwksUrl }),
        checks: [get(tokens.store).connection],
        routes: inventoryRoutes(get(tokens.store).catalog),
      }),
    (server) => server,
  );

  resolve(container, tokens.rpc);
  return componentsOf(container);
}

function openStore({ config, logger }: Context): OpenStore {
  const { kind, url } = config.store;
  const limits = { url, applicationName: NAME, logger, maxConnections: config.connections };
  if (kind === "mongo") {
    const mongo = connectMongo({ ...limits, database: config.mongoDatabase });
    const connection = { name: kind, check: mongo.check, stop: mongo.close };
    return { catalog: new MongoPartsCatalog(mongo), connection };
  }
  const postgres = createPostgres<PartTables>({ ...limits, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const connection = { name: kind, check: postgres.check, stop: postgres.close };
  return { catalog: new PostgresPartsCatalog(postgres), connection };
}

async function fill(catalog: PartsCatalog, seed: boolean): Promise<void> {
  await catalog.prepare();
  if (seed) await catalog.addMissing(await seedParts());
}

export async function migrateDatabase({ config, logger }: Context): Promise<void> {
  if (config.store.kind === "mongo") return; // its indexes are made when the service starts
  await migrate({ url: config.store.url, directory: new URL("../migrations/", import.meta.url), logger });
}
