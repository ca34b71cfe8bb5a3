import { ConfigError } from "@gantry/config";
import { createLogger, startTelemetry, type Telemetry } from "@gantry/telemetry";
import { processArguments, processEnvironment } from "./config.ts";
import { serve } from "./serve.ts";
import type { RuntimeConfig, Service, ServiceContext } from "./service.ts";

/** `sysexits.h`: the command line or the configuration is wrong; starting again without a change cannot help. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

/**
 * The whole `main` of a service. Without arguments it runs the service until SIGTERM or SIGINT; `migrate` applies the
 * migrations and ends; `--help` prints the settings, `--dotenv` a template of an `.env` file.
 *
 * Telemetry starts before `compose` is called. A second signal ends the process at once. An error that nobody caught is
 * logged and ends it with code 1. A configuration with problems lists them on stderr and ends it with code 78.
 */
export async function runService<Config extends RuntimeConfig>(service: Service<Config>): Promise<void> {
  const [command, ...more] = processArguments();
  if (command === "--help" && more.length === 0) print(usage(service));
  else if (command === "--dotenv" && more.length === 0) print(service.config.dotenv());
  else if (command === undefined) await withContext(service, (...parts) => serve(service, ...parts));
  else if (command === "migrate" && more.length === 0)
    await withContext(service, (...parts) => migrate(service, ...parts));
  else refuse(`Unknown arguments: ${[command, ...more].join(" ")}\n\n${usage(service)}`, EXIT_USAGE);
}

const usage = ({ name, config }: Pick<Service<RuntimeConfig>, "name"> & { config: { help(): string } }): string =>
  `${name}: without arguments, runs the service. migrate, --dotenv, --help.\n\n${config.help()}`;

async function withContext<Config extends RuntimeConfig>(
  service: Service<Config>,
  run: (context: ServiceContext<Config>, telemetry: Telemetry) => Promise<void>,
): Promise<void> {
  const config = loadConfig(service);
  if (config === undefined) return;
  const { name, sensitiveFields = new Set<string>() } = service;
  const logger = createLogger({ service: name, level: config.logLevel, sensitiveFields });
  const telemetry = startTelemetry({ service: name, otlpEndpoint: config.otlpEndpoint, logger });
  process.on("uncaughtException", (error, origin) => {
    logger.fatal({ error, origin }, "uncaught error");
    process.exit(1);
  });
  await run({ config, logger }, telemetry);
}

function loadConfig<Config extends RuntimeConfig>({ config }: Service<Config>): Config | undefined {
  try {
    return config.load(processEnvironment());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    refuse(`${error.message}\n`, EXIT_CONFIG);
    return undefined;
  }
}

async function migrate<Config extends RuntimeConfig>(
  service: Service<Config>,
  context: ServiceContext<Config>,
  telemetry: Telemetry,
): Promise<void> {
  try {
    await service.migrate?.(context);
    context.logger.info({}, "migrated");
  } catch (error) {
    context.logger.fatal({ error }, "migration failed");
    process.exitCode = 1;
  }
  await telemetry.shutdown();
  process.exit();
}

const print = (text: string): void => void process.stdout.write(text);

function refuse(text: string, exitCode: number): void {
  process.stderr.write(text);
  process.exitCode = exitCode;
}
