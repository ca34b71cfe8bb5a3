import { runPlugin } from "../plugin/run-plugin.ts";
import { accessPlugin } from "./plugin.ts";

await runPlugin(accessPlugin);
