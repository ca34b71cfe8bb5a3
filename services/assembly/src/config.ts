import {
  type ConfigDefinition,
  ConfigError,
  type ConfigOf,
  defineConfig,
  drillSettings,
  durationMs,
  eventSettings,
  postgresSettings,
  serviceSettings,
  setting,
} from "@gantry/config";

/** The contract's `build_time_sec` ends at a day. */
const A_DAY_MS = 86_400_000;

const settings = {
  ...serviceSettings("ASSEMBLY"),
  ...eventSettings(),
  ...postgresSettings("ASSEMBLY", { connections: 10 }),
  minMs: setting({
    env: "ASSEMBLY_MIN_MS",
    schema: durationMs({ min: 0, max: A_DAY_MS }).default(1000),
    description: "The shortest time to build a ship, in milliseconds.",
  }),
  maxMs: setting({
    env: "ASSEMBLY_MAX_MS",
    schema: durationMs({ min: 0, max: A_DAY_MS }).default(10_000),
    description:
      "The longest time to build a ship, in milliseconds; the same as the shortest: every ship takes as long.",
  }),
  intervalMs: setting({
    env: "ASSEMBLY_INTERVAL_MS",
    schema: durationMs({ min: 10, max: 60_000 }).default(500),
    description: "The longest wait between two looks at what is due, in milliseconds; a new job ends it early.",
  }),
  ...drillSettings(),
};

export type AssemblyConfig = ConfigOf<typeof settings>;

const single = defineConfig("assembly", settings);

/** @throws ConfigError from `load` when the shortest time is longer than the longest */
export const assemblyConfig: ConfigDefinition<AssemblyConfig> = {
  ...single,
  load(env) {
    const config = single.load(env);
    if (config.minMs > config.maxMs) throw rangeEmpty(config);
    return config;
  },
};

const rangeEmpty = ({ minMs, maxMs }: AssemblyConfig): ConfigError =>
  new ConfigError("assembly", [
    {
      env: settings.minMs.env,
      problem: `is ${minMs}, more than ${settings.maxMs.env}, which is ${maxMs}`,
      description: settings.minMs.description,
    },
  ]);
