import { runPlugin } from "../plugin/run-plugin.ts";
import { routesPlugin } from "./plugin.ts";

await runPlugin(routesPlugin);
