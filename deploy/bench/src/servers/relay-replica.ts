import { createRelay } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { inherited, postgresUrl } from "../config.ts";
import { brokerOf } from "../events/carrier.ts";
import { codec } from "../events/paid-orders.ts";

/** One replica of a service that does nothing but send its outbox. */
const broker = brokerOf(inherited, "relay-replica");
await broker.start();
const relay = createRelay({ url: postgresUrl(), logger, send: (records) => broker.send(records.map(codec.toMessage)) });
await relay.start();
process.on("SIGTERM", async () => {
  await relay.stop();
  await broker.stop();
  process.exit(0);
});
process.stdout.write("0\n");
