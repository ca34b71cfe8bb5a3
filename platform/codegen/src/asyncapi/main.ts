import { runPlugin } from "../plugin/run-plugin.ts";
import { asyncApiPlugin } from "./plugin.ts";

await runPlugin(asyncApiPlugin);
