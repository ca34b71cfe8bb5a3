import { spawn } from "node:child_process";
import { once } from "node:events";
import { infraArguments, ownEnvironment } from "./config.ts";
import { startMongo } from "./mongo/start.ts";

const help = `Backing services without containers, for tests and for the distributed mode on one machine.

  node --conditions=@gantry/source deploy/infra/src/main.ts mongo                    run it until Ctrl-C, print its URL
  node --conditions=@gantry/source deploy/infra/src/main.ts mongo -- <command …>     run the command with MONGO_URL set
`;

const EXIT_USAGE = 64;

/** Runs the service, or a command beside it. Resolves to the exit code. */
async function run([service, dashes, command, ...args]: readonly string[]): Promise<number> {
  if (service === "--help" || service !== "mongo" || (dashes !== undefined && dashes !== "--")) {
    process.stdout.write(help);
    return service === "--help" ? 0 : EXIT_USAGE;
  }
  await using server = await startMongo();
  if (command !== undefined) return await runBeside({ MONGO_URL: server.url }, command, args);
  process.stdout.write(`MONGO_URL=${server.url}\n`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  return 0;
}

async function runBeside(env: NodeJS.ProcessEnv, command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { env: { ...ownEnvironment(), ...env }, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return code ?? 1;
}

process.exitCode = await run(infraArguments());
