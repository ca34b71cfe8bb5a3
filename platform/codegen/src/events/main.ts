import { runPlugin } from "../plugin/run-plugin.ts";
import { eventsPlugin } from "./plugin.ts";

await runPlugin(eventsPlugin);
