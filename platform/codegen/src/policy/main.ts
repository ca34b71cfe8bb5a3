import { runPlugin } from "../plugin/run-plugin.ts";
import { policyPlugin } from "./plugin.ts";

await runPlugin(policyPlugin);
