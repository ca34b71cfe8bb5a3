#!/usr/bin/env node
// Puts the Kafka client into the cache, building it when it is not there. `npm run kafka:client`; `KAFKA_BROKERS=… npm
// start` does it by itself. The services find it there (platform/messaging/src/kafka/client/).
//
//   node platform/bootstrap/kafka-client.mjs           build it if need be, print its folder
//   node platform/bootstrap/kafka-client.mjs --where   print where it is looked for; exit 1 when it is not there
import { ensureKafkaClient, isKafkaClientUsable, kafkaClientFolder } from "./lib/kafka-client.mjs";
import { explain } from "./lib/problems.mjs";

try {
  const where = process.argv.includes("--where");
  const folder = where ? kafkaClientFolder() : await ensureKafkaClient();
  process.stdout.write(`${folder}\n`);
  if (where) process.exitCode = isKafkaClientUsable(folder) ? 0 : 1;
} catch (error) {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exitCode = 1;
}
