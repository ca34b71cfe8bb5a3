import { ConfigError } from "@gantry/config";
import { createLogger, startTelemetry } from "@gantry/telemetry";
import { type ProcessHost, thisProcess } from "./process-host.ts";
import { type Surroundings, serve } from "./serve.ts";
import type { RuntimeConfig, Service } from "./service.ts";

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
export const runService = <Config extends RuntimeConfig>(service: Service<Config>): Promise<void> =>
  runServiceIn(thisProcess(), service);

/** {@link runService} in a process of the caller's making. */
export async function runServiceIn<Config extends RuntimeConfig>(
  host: ProcessHost,
  service: Service<Config>,
): Promise<void> {
  const command = host.args.join(" ");
  switch (command) {
    case "":
      return start(host, service, serve);
    case "migrate":
      return start(host, service, migrate);
    case "--help":
      return host.print(usage(service));
    case "--dotenv":
      return host.print(service.config.dotenv());
    default:
      host.complain(`Unknown arguments: ${command}\n\n${usage(service)}`);
      host.exit(EXIT_USAGE);
  }
}

const usage = <Config extends RuntimeConfig>({ name, config }: Service<Config>): string =>
  `${name}: without arguments, runs the service. migrate, --dotenv, --help.\n\n${config.help()}`;

type Run<Config extends RuntimeConfig> = (service: Service<Config>, in_: Surroundings<Config>) => Promise<void>;

async function start<Config extends RuntimeConfig>(
  host: ProcessHost,
  service: Service<Config>,
  run: Run<Config>,
): Promise<void> {
  const config = loadConfig(host, service);
  if (config === undefined) return host.exit(EXIT_CONFIG);
  const { name, sensitiveFields = new Set<string>() } = service;
  const destination = host.log === undefined ? {} : { destination: host.log };
  const logger = createLogger({ service: name, level: config.logLevel, sensitiveFields, ...destination });
  const telemetry = startTelemetry({ service: name, otlpEndpoint: config.otlpEndpoint, logger });
  host.onUncaught((error, origin) => {
    logger.fatal({ error, origin }, "uncaught error");
    host.exit(1);
  });
  await run(service, { context: { config, logger }, telemetry, host });
}

function loadConfig<Config extends RuntimeConfig>(host: ProcessHost, { config }: Service<Config>): Config | undefined {
  try {
    return config.load(host.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    host.complain(`${error.message}\n`);
    return undefined;
  }
}

async function migrate<Config extends RuntimeConfig>(
  service: Service<Config>,
  { context, telemetry, host }: Surroundings<Config>,
): Promise<void> {
  let exitCode = 0;
  try {
    await service.migrate?.(context);
    context.logger.info({}, "migrated");
  } catch (error) {
    context.logger.fatal({ error }, "migration failed");
    exitCode = 1;
  }
  await telemetry.shutdown();
  host.exit(exitCode);
}
