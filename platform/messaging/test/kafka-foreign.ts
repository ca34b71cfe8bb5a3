import type { ForeignMessage } from "../src/conformance/index.ts";
import { ask } from "../src/kafka/client/errors.ts";
import { loadClient } from "../src/kafka/client/load-client.ts";
import type { RdError } from "../src/kafka/client/rd-kafka.ts";
import { commonSettings } from "../src/kafka/settings.ts";

/** Produces as other software might. */
export async function sendForeign(brokers: readonly string[], message: ForeignMessage): Promise<void> {
  const { Producer } = loadClient();
  const producer = new Producer({ ...commonSettings({ brokers, clientId: "foreign" }), dr_cb: true });
  await ask((done) => producer.connect({ timeout: 10_000 }, done));
  producer.setPollInBackground(true);
  const { topic, key, headers, value } = message;
  const list = Object.entries(headers).map(([name, bytes]) => ({ [name]: Buffer.from(bytes) }));
  await ask<unknown>((done) => {
    producer.on("delivery-report", (error: RdError | null) => done(error, undefined));
    producer.produce(topic, 0, Buffer.from(value), key === undefined ? null : Buffer.from(key), 0, undefined, list);
  });
  await ask((done) => producer.disconnect(5_000, done));
}
