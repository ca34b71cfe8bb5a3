import { parseArgs } from "node:util";
import type { Command, Context, Output } from "./command.ts";
import { envCommand } from "./commands/env.ts";
import { envoyCommand } from "./commands/envoy.ts";
import { eventsCommand } from "./commands/events.ts";
import { gatewayTokenCommand } from "./commands/gateway-token.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { environment } from "./config.ts";
import { UsageError } from "./usage-error.ts";
import { openWorkspace } from "./workspace.ts";

const EXIT_USAGE = 64;

const commands: Readonly<Record<string, Command>> = {
  env: envCommand,
  envoy: envoyCommand,
  events: eventsCommand,
  "gateway-token": gatewayTokenCommand,
  migrate: migrateCommand,
};

const help = `gantry: commands around the system of this clone.

  npm run gantry -- doctor               what this machine has, and what is missing
  npm run gantry -- env [service …]      the settings of services, as .env files
  npm run gantry -- envoy <what>         the configuration of Envoy as the gateway
  npm run gantry -- events <what>        what waits, what is stuck, and how to let it go on
  npm run gantry -- gateway-token        the credential of a gateway that cannot sign
  npm run gantry -- migrate <service …>  apply migrations; "all" for all services

  npm run gantry -- <command> --help     more about one
`;

const terminal: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Runs one command of the command line. Resolves to its exit code; never rejects for what the person did wrong. */
export async function runGantry(
  name: string | undefined,
  args: readonly string[],
  context: Context = { output: terminal, workspace: openWorkspace(), environment: environment() },
): Promise<number> {
  if (name === undefined || name === "--help" || name === "help") {
    context.output.out(help);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    context.output.err(`There is no command "${name}".\n\n${help}`);
    return EXIT_USAGE;
  }
  return await runCommand(command, args, context);
}

async function runCommand(command: Command, args: readonly string[], context: Context): Promise<number> {
  try {
    const { words, flags, values } = parsed(command, args);
    if (!flags.has("help")) return await command.run(words, flags, context, values);
    context.output.out(command.help);
    return 0;
  } catch (error) {
    const usage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
    context.output.err(
      `${error instanceof Error ? error.message : String(error)}\n${usage ? `\n${command.help}` : ""}`,
    );
    return usage ? EXIT_USAGE : 1;
  }
}

/** @throws TypeError with a code for what the command does not know */
function parsed(command: Command, args: readonly string[]) {
  const options = Object.fromEntries([
    ...[...command.flags, "help"].map((name) => [name, { type: "boolean" } as const] as const),
    ...(command.values ?? []).map((name) => [name, { type: "string" } as const] as const),
  ]);
  const { values: given, positionals: words } = parseArgs({ args: [...args], options, allowPositionals: true });
  const all = Object.entries<unknown>(given);
  const flags = new Set(all.flatMap(([name, value]) => (value === true ? [name] : [])));
  const values = Object.fromEntries(
    all.flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : [])),
  );
  return { words, flags, values };
}
