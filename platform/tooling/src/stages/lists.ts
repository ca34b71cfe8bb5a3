import type { Stage } from "./stage.ts";

const node = (...args: readonly string[]): Stage["command"] => ["node", "--conditions=@gantry/source", ...args];
/** The rest of the command runs beside that service, with its address set. */
const beside = (service: string, ...command: readonly string[]) =>
  node("../../deploy/infra/src/main.ts", service, "--", ...command);
const mongo = beside("mongo", "vitest", "run");
const go: Stage["needs"] = { command: ["go", "version"], otherwise: "the suite's runner is a Go program" };
const pip: Stage["needs"] = {
  command: ["python3", "-m", "pip", "--version"],
  otherwise: "the server comes from PyPI",
};
const kafka: Stage["needs"] = {
  command: ["sh", "-c", "java -version && mvn --version && python3 --version && make --version && g++ --version"],
  otherwise: "Kafka runs on Java and comes by Maven; its client is built with Python, make and g++",
};

const lint: readonly Stage[] = [
  { name: "biome", command: ["biome", "check", "."] },
  { name: "imports, manifests, addresses", command: node("platform/tooling/src/check.ts") },
  { name: "unused exports and dependencies", command: ["knip", "--no-progress"] },
  { name: "locks", command: ["node", "platform/bootstrap/lock-platforms.mjs", "--check"] },
];

const all: readonly Stage[] = [
  { name: "npm test", command: ["npm", "test"] },
  ...lint,
  { name: "contracts", command: ["npm", "run", "contracts:check"] },
  { name: "coverage", command: ["npm", "run", "coverage"] },
  { name: "end to end", command: ["npm", "run", "test:e2e"] },
];

/** What one machine has and another has not, or what takes its time. */
const everywhere: readonly Stage[] = [
  { name: "a fresh clone on old Node", command: node("deploy/devstack/src/fresh-clone/main.ts") },
  { name: "Connect conformance", command: ["npm", "run", "conformance"], needs: go },
  {
    name: "MongoDB-wire server",
    command: ["vitest", "run", "test/mongo.test.ts"],
    folder: "deploy/infra",
    env: { GANTRY_INFRA_TESTS: "1" },
    needs: pip,
  },
  { name: "@gantry/mongo on that server", command: mongo, folder: "platform/mongo", needs: pip },
  { name: "inventory on that server", command: mongo, folder: "services/inventory", needs: pip },
  { name: "Kafka's client", command: ["node", "platform/bootstrap/kafka-client.mjs"], needs: kafka },
  {
    name: "Kafka, one and three brokers",
    command: ["vitest", "run", "test/kafka.test.ts"],
    folder: "deploy/infra",
    env: { GANTRY_INFRA_TESTS: "1" },
    needs: kafka,
  },
  {
    name: "@gantry/messaging on Kafka",
    command: beside("kafka", "vitest", "run", "test/kafka.test.ts"),
    folder: "platform/messaging",
    needs: kafka,
  },
  {
    name: "end to end and faults on a Kafka that is struck too",
    command: ["vitest", "run", "test/faults", "test/wallet"],
    folder: "deploy/e2e",
    env: { GANTRY_E2E_KAFKA: "1" },
    needs: kafka,
  },
];

/** What can be asked for: `npm run lint`, `npm run all`, and what CI runs. */
export const stageLists: Readonly<Record<string, readonly Stage[]>> = { lint, all, ci: [...all, ...everywhere] };
