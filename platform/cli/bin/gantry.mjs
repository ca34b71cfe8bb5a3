#!/usr/bin/env -S node --conditions=@gantry/source
// The gantry command. `doctor` must answer on a machine where nothing is installed and Node is old, so it is plain
// JavaScript without dependencies; everything else needs Node 24 and is started by `npm run gantry -- <command>`.
import { doctor } from "../doctor/doctor.mjs";

// A reader that has seen enough (`gantry doctor | head`) is no error.
process.stdout.on("error", () => process.exit());

const [command, ...args] = process.argv.slice(2);
const major = Number(process.versions.node.split(".")[0]);

if (command === "doctor") {
  process.exitCode = await doctor(args);
} else if (major < 24) {
  process.stderr.write(`gantry ${command ?? ""} needs Node 24, this is ${process.version}. Use: npm run gantry -- …\n`);
  process.exitCode = 1;
} else {
  const { runGantry } = await import("../src/gantry.ts");
  process.exitCode = await runGantry(command, args);
}
