import { spawn } from "node:child_process";
import { once } from "node:events";
import { infraArguments, ownEnvironment } from "./config.ts";
import { envoyBinary } from "./envoy/install.ts";
import { startKafka } from "./kafka/start.ts";
import { startMongo } from "./mongo/start.ts";
import { startRedis } from "./redis/start.ts";

const help = `Backing services without containers, for tests and for the distributed mode on one machine.

  node --conditions=@gantry/source deploy/infra/src/main.ts <service>                   run it until Ctrl-C, print its address
  node --conditions=@gantry/source deploy/infra/src/main.ts <service> -- <command …>    run the command with its address set

  mongo       MongoDB-wire server, MONGO_URL
  kafka       Apache Kafka, one broker, KAFKA_BROKERS
  kafka3      Apache Kafka, three brokers, KAFKA_BROKERS
  redis       Redis, REDIS_URL
  envoy       installs Envoy, ENVOY_PATH; the program that needs one starts it
`;

const EXIT_USAGE = 64;
const SIGNALLED = 128;

interface Service extends AsyncDisposable {
  /** Where it is, as a setting. */
  readonly setting: readonly [name: string, value: string];
  /** Nothing runs: it is a program that others start. */
  readonly isProgram?: true;
}

const services: Readonly<Record<string, () => Promise<Service>>> = {
  mongo: async () => service("MONGO_URL", await startMongo(), ({ url }) => url),
  kafka: async () => service("KAFKA_BROKERS", await startKafka(), ({ brokers }) => brokers),
  kafka3: async () => service("KAFKA_BROKERS", await startKafka({ brokers: 3 }), ({ brokers }) => brokers),
  redis: async () => service("REDIS_URL", await startRedis(), ({ url }) => url),
  envoy: async () => ({
    setting: ["ENVOY_PATH", await envoyBinary()],
    isProgram: true,
    [Symbol.asyncDispose]: async () => {},
  }),
};

function service<T extends AsyncDisposable>(name: string, running: T, address: (running: T) => string): Service {
  return { setting: [name, address(running)], [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

/** Runs the service, or a command beside it. Resolves to the exit code. */
async function run([name = "", dashes, command, ...args]: readonly string[]): Promise<number> {
  const start = services[name];
  if (start === undefined || (dashes !== undefined && dashes !== "--")) {
    process.stdout.write(help);
    return name === "--help" ? 0 : EXIT_USAGE;
  }
  const asked = signalled();
  await using running = await start();
  const [variable, value] = running.setting;
  if (command !== undefined) return await runBeside({ [variable]: value }, command, args);
  process.stdout.write(`${variable}=${value}\n`);
  if (running.isProgram !== true) await asked;
  return 0;
}

/** From the beginning, so that a Ctrl-C during the start ends it in order too. */
const signalled = () => Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);

async function runBeside(env: NodeJS.ProcessEnv, command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { env: { ...ownEnvironment(), ...env }, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return code ?? SIGNALLED;
}

process.exitCode = await run(infraArguments());
