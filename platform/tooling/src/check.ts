import { fileURLToPath } from "node:url";
import { checkAddresses } from "./check-addresses.ts";
import { checkImports } from "./imports/check-imports.ts";
import { checkManifests } from "./manifests/check-manifests.ts";
import { type Finding, openRepository, show } from "./repository.ts";

const repository = openRepository(fileURLToPath(new URL("../../../", import.meta.url)));
const findings: readonly Finding[] = [checkImports, checkManifests, checkAddresses].flatMap((check) =>
  check(repository),
);
for (const finding of findings) process.stderr.write(`${show(finding)}\n`);
process.stdout.write(`${findings.length} findings in ${repository.paths.length} files\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
