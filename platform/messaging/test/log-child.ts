import { createLogger } from "@gantry/telemetry";
import type { CreateChildBroker } from "../src/conformance/index.ts";
import { createLogBroker } from "../src/index.ts";

/** For the members of the conformance suite that live in processes of their own. */
export const createChildBroker: CreateChildBroker = ({ url }) => {
  const logger = createLogger({ service: "child", level: "error", destination: process.stderr });
  return createLogBroker({ url: String(url), clientId: "child", topics: [], logger });
};
