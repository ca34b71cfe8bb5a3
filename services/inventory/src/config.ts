import {
  type ConfigDefinition,
  ConfigError,
  type ConfigOf,
  defineConfig,
  flag,
  identityJwksUrl,
  integer,
  port,
  postgresUrl,
  serviceSettings,
  setting,
  text,
  url,
} from "@gantry/config";

const settings = {
  ...serviceSettings("INVENTORY"),
  identityJwksUrl: identityJwksUrl(),
  rpcPort: setting({
    env: "INVENTORY_RPC_PORT",
    schema: port().default(0),
    description: "The port of gRPC, gRPC-Web and Connect; 0 takes a free one.",
  }),
  mongoUrl: setting({
    env: "MONGO_URL",
    schema: url(["mongodb", "mongodb+srv"]).optional(),
    description: "The MongoDB that keeps the parts; unset: PostgreSQL keeps them.",
    secret: true,
    example: "mongodb://127.0.0.1:27017/?replicaSet=rs0",
  }),
  mongoDatabase: setting({
    env: "INVENTORY_MONGO_DATABASE",
    schema: text({ min: 1, max: 38 }).default("inventory"),
    description: "The database in that MongoDB; the one in the URL serves for authentication only.",
  }),
  postgresUrl: setting({
    env: "INVENTORY_POSTGRES_URL",
    schema: postgresUrl().optional(),
    description: "The database of this service. Needed unless MONGO_URL is set.",
    secret: true,
    example: "postgres://inventory:secret@127.0.0.1:5432/inventory",
  }),
  connections: setting({
    env: "INVENTORY_CONNECTIONS",
    schema: integer({ min: 1, max: 200 }).default(10),
    description: "Database connections of one replica at most, besides the one of /readyz.",
  }),
  seed: setting({
    env: "INVENTORY_SEED",
    schema: flag().default(true),
    description: "Whether the parts of seed/parts.json that the catalogue lacks are added at the start.",
  }),
};

const definition = defineConfig("inventory", settings);

/** Where the parts are kept. */
export interface Store {
  readonly kind: "mongo" | "postgres";
  readonly url: string;
}

export type InventoryConfig = ConfigOf<typeof settings> & { readonly store: Store };

export const inventoryConfig: ConfigDefinition<InventoryConfig> = {
  ...definition,
  load: (env) => withStore(definition.load(env)),
};

function withStore(config: ConfigOf<typeof settings>): InventoryConfig {
  const store = chosenStore(config);
  if (store !== undefined) return Object.freeze({ ...config, store });
  const { env, description } = settings.postgresUrl;
  throw new ConfigError("inventory", [{ env, description, problem: "is not set, and neither is MONGO_URL" }]);
}

function chosenStore({ mongoUrl, postgresUrl }: ConfigOf<typeof settings>): Store | undefined {
  if (mongoUrl !== undefined) return { kind: "mongo", url: mongoUrl };
  return postgresUrl === undefined ? undefined : { kind: "postgres", url: postgresUrl };
}
