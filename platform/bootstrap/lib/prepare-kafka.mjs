import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { say } from "./say.mjs";

const program = fileURLToPath(new URL("../kafka-client.mjs", import.meta.url));
/** What talks to Kafka where KAFKA_BROKERS is set. */
const users = ["in:start", "in:dev", "in:demo", "in:test:e2e", "in:chaos", "in:bench", "in:kafka"];

/**
 * Builds the Kafka client for a script that will use it, under the Node that will load it. Going on without it is right:
 * the system says what is missing when it needs it.
 */
export function prepareKafka(script, env) {
  const asked = script === "in:kafka" || (env.KAFKA_BROKERS ?? "") !== "";
  if (!asked || !users.includes(script)) return;
  const { status } = spawnSync("node", [program], { env, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) say("going on without the Kafka client");
}
