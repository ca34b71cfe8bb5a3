import { runPlugin } from "../plugin/run-plugin.ts";
import { envoyPlugin } from "./plugin.ts";

await runPlugin(envoyPlugin);
