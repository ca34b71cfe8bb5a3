import type { Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";
import { chosenServices, runMain } from "../workspace.ts";

const help = `gantry migrate: apply the migrations of services to their databases.

  npm run gantry -- migrate order        one service
  npm run gantry -- migrate all          all of them, one after another; ends at the first failure

Each service reads its settings from the environment and from services/<name>/.env. Applying twice changes nothing.
A service also migrates by itself when it starts.
`;

/** `gantry migrate` */
export const migrateCommand: Command = {
  help,
  flags: [],
  async run(words, _flags, { workspace }) {
    if (words.length === 0) throw new UsageError("which service? Name one, or all");
    for (const service of chosenServices(workspace, words)) {
      const { code } = await runMain(workspace, service, "migrate", "inherit");
      if (code !== 0) return code;
    }
    return 0;
  },
};
