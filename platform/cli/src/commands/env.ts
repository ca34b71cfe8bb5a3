import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command, Context } from "../command.ts";
import { chosenServices, runMain } from "../workspace.ts";

const help = `gantry env: the settings of services, as .env files.

  npm run gantry -- env order            print a template with every setting of order
  npm run gantry -- env all --write      write services/<name>/.env for every service that has none
  npm run gantry -- env order --force    write it over the one that is there

The template comes from the service's own configuration: each setting with its meaning, default and example.
npm start does not read these files; a service started alone does: node --env-file=.env --conditions=@gantry/source
src/main.ts
`;

/** `gantry env` */
export const envCommand: Command = {
  help,
  flags: ["write", "force"],
  async run(words, flags, context) {
    const services = chosenServices(context.workspace, words.length === 0 ? ["all"] : words);
    let worst = 0;
    for (const service of services) worst = Math.max(worst, await envOf(service, flags, context));
    return worst;
  },
};

async function envOf(service: string, flags: ReadonlySet<string>, context: Context): Promise<number> {
  const { code, text } = await runMain(context.workspace, service, "--dotenv", "pipe");
  if (code !== 0) return code;
  if (flags.has("write") || flags.has("force")) return await writeEnv(service, text, flags.has("force"), context);
  context.output.out(text);
  return 0;
}

async function writeEnv(
  service: string,
  text: string,
  force: boolean,
  { output, workspace }: Context,
): Promise<number> {
  const shown = join("services", service, ".env");
  try {
    // "wx" refuses an existing file in the same step that makes a new one.
    await writeFile(join(workspace.root, shown), text, { mode: 0o600, flag: force ? "w" : "wx" });
    output.out(`wrote ${shown}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    output.err(`${shown} is there already; --force writes over it\n`);
    return 1;
  }
}
