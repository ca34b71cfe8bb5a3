import { runLauncher } from "./launcher.ts";

process.exitCode = await runLauncher();
