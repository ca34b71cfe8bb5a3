import { runPlugin } from "../plugin/run-plugin.ts";
import { openApiPlugin } from "./plugin.ts";

await runPlugin(openApiPlugin);
