import { join } from "node:path";
import { isUuid } from "@gantry/kernel";
import type { Command } from "../command.ts";
import { readDevelopmentIdentity } from "../development-identity.ts";
import { UsageError } from "../usage-error.ts";

const help = `gantry token: a token for the system that npm start runs, valid for a day.

  npm run --silent token                 for the development user, always the same one
  npm run --silent token -- <uuid>       for another user

  curl -H "x-gantry-identity: $(npm run --silent token)" http://127.0.0.1:8081/api/v1/orders

It is signed with a key of this clone (.gantry/identity.json) that no other system trusts.
`;

/** `gantry token` */
export const tokenCommand: Command = {
  help,
  flags: [],
  async run(words, _flags, { output, workspace }) {
    const [userUuid, ...more] = words;
    if (more.length > 0) throw new UsageError("one user at a time");
    if (userUuid !== undefined && !isUuid(userUuid)) throw new UsageError(`"${userUuid}" is not the UUID of a user`);
    const identity = await readDevelopmentIdentity(join(workspace.root, ".gantry", "identity.json"));
    output.out(`${await identity.token(userUuid)}\n`);
    return 0;
  },
};
