import { createRequire } from "node:module";
import { join } from "node:path";
import { AppError } from "@gantry/kernel";
import { cacheFolder } from "../config.ts";
import { isRdKafka, type RdKafka } from "./rd-kafka.ts";

const NAME = "@confluentinc/kafka-javascript";
const VERSION = "1.10.1";

/** Where platform/bootstrap/kafka-client.mjs puts it; a test compares the two. */
export function clientFolder(): string {
  const abi = process.versions.modules;
  return join(cacheFolder(), `kafka-javascript-${VERSION}-node${abi}-${process.platform}-${process.arch}`);
}

/**
 * Loads the Kafka client. Not before somebody wants to use Kafka: it is native code that npm does not install.
 * @throws AppError `failed_precondition` KAFKA_CLIENT_MISSING, saying what to run
 */
export function loadClient(folder = clientFolder()): RdKafka {
  try {
    const loaded: unknown = createRequire(join(folder, "load.cjs"))(NAME);
    if (isRdKafka(loaded)) return loaded;
    throw new Error(`${NAME} in ${folder} is not the expected version`);
  } catch (cause) {
    throw new AppError({
      kind: "failed_precondition",
      reason: "KAFKA_CLIENT_MISSING",
      message: `The Kafka client for Node ${process.version} is not built. Run: npm run kafka:client (needs python3, make and a C++ compiler, once, about a minute and a half).`,
      meta: { folder },
      cause,
    });
  }
}
