import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launcherArguments, launcherEnvironment } from "./config.ts";
import { type DevstackOptions, startDevstack } from "./devstack.ts";
import { AlreadyRunningError } from "./instance-lock.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { type Console, createConsole } from "./logs/console.ts";
import { createLogFiles } from "./logs/log-files.ts";
import { tableOf } from "./table.ts";
import { type ServiceSpec, topology } from "./topology.ts";
import { watchSources } from "./watch.ts";

const help = `Runs the whole system on this machine.

  npm start               start it and stay; Ctrl-C stops it
  npm start -- --fresh    the same with empty databases
  npm run dev             the same, and restart services when their sources change

  --fresh   delete the databases of earlier runs first
  --watch   restart services when their sources change
  --help    this text

Data, keys, addresses and logs are in .gantry/. Variables of your environment reach the services: ORDER_POSTGRES_URL=…
npm start uses your PostgreSQL for orders, LOG_LEVEL=debug npm start tells more.
`;

/** Where the system of this clone keeps what it knows. */
export const stateDirectory = fileURLToPath(new URL("../../../.gantry", import.meta.url));

/** The folder below it with what the services of this run log, as `<service>.log`. */
export const LOGS = "logs";

const EXIT_FAILED = 1;
const EXIT_RUNS_ALREADY = 2;

/** Which system to run, and where it keeps what it knows. */
export type System = Pick<DevstackOptions, "directory" | "serviceEnv"> & { readonly services: readonly ServiceSpec[] };

/** The whole of `npm start`. Resolves to its exit code when the system has stopped. */
export async function runLauncher(system: System = { directory: stateDirectory, services: topology }): Promise<number> {
  const screen = createConsole(process.stdout);
  try {
    const flags = { fresh: { type: "boolean" }, watch: { type: "boolean" }, help: { type: "boolean" } } as const;
    const { values } = parseArgs({ args: [...launcherArguments()], options: flags });
    if (values.help) screen.raw(help);
    else await run(system, { fresh: values.fresh ?? false, watch: values.watch ?? false }, screen);
    return 0;
  } catch (error) {
    screen.event(error instanceof Error ? error.message : String(error));
    return error instanceof AlreadyRunningError ? EXIT_RUNS_ALREADY : EXIT_FAILED;
  }
}

interface Flags {
  readonly fresh: boolean;
  readonly watch: boolean;
}

async function run(system: System, { fresh, watch }: Flags, screen: Console): Promise<void> {
  const interrupts = listenForInterrupts();
  const startedAt = Date.now();
  const files = createLogFiles(join(system.directory, LOGS));
  screen.event(`starting PostgreSQL and ${system.services.map(({ name }) => name).join(", ")}`);
  const stack = await startDevstack({
    ...system,
    durable: true,
    preferredPorts: true,
    fresh,
    env: launcherEnvironment(),
    log: (service, line) => {
      files.write(service, line);
      screen.log(service, line);
    },
    onEvent: screen.event,
  });
  interrupts.onSecond(() => stack.destroy());
  const stopWatching = watch ? watchSources(stack, system.services, screen.event) : () => {};
  screen.raw(tableOf(stack, Date.now() - startedAt, screen.paint));
  await interrupts.first;
  stopWatching();
  screen.event("stopping; Ctrl-C once more kills everything at once");
  await stack.stop();
  screen.event("stopped");
}
