import type { Stage } from "./stage.ts";

const node = (...args: readonly string[]): Stage["command"] => ["node", "--conditions=@gantry/source", ...args];
const infra = "../../deploy/infra/src/main.ts";

/** The rest of the command runs beside these services, with their addresses set. */
const beside = (services: readonly string[], ...command: readonly string[]): Stage["command"] => {
  const [, ...first] = services.flatMap((service) => [...node(infra, service), "--"]);
  return ["node", ...first, ...command];
};
const mongo = beside(["mongo"], "vitest", "run");

/** What a stage cannot do without: programs that must all run, by their short names, and why. */
const needs = (otherwise: string, ...programs: readonly (keyof typeof checks)[]): NonNullable<Stage["needs"]> => ({
  command: ["sh", "-c", programs.map((program) => checks[program]).join(" && ")],
  otherwise,
});
const checks = {
  go: "go version",
  pip: "python3 -m pip --version",
  apt: "apt-get --version && dpkg-deb --version",
  java: "java -version && mvn --version",
  compiler: "python3 --version && make --version && g++ --version",
};
const go = needs("the suite's runner is a Go program", "go");
const pip = needs("the server comes from PyPI", "pip");
const apt = needs("Redis comes from the packages of Debian and Ubuntu", "apt");
const envoy = needs("Envoy comes from PyPI", "pip");
const kafka = needs(
  "Kafka runs on Java and comes by Maven; its client is built with Python, make and g++",
  "java",
  "compiler",
);
const throughEnvoy = needs("the suite's runner is a Go program, and Envoy comes from PyPI", "go", "pip");
const redisAndKafka = needs(
  "Redis is a package of Debian; Kafka runs on Java and comes by Maven, its client is built with a compiler",
  "apt",
  "java",
  "compiler",
);
const distributed = needs(
  "Envoy comes from PyPI, Redis is a package of Debian; Kafka runs on Java, its client is built with a compiler",
  "pip",
  "apt",
  "java",
  "compiler",
);

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

/** Where the suite of gateways leaves its results, from a package's folder; and its streams are held as long as it says. */
const gateways: NonNullable<Stage["env"]> = {
  GANTRY_GATEWAY_RESULTS: "../../.gantry/gateways",
  GANTRY_LONG_STREAMS: "1",
};

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
    command: beside(["kafka"], "vitest", "run", "test/kafka.test.ts"),
    folder: "platform/messaging",
    needs: kafka,
  },
  {
    name: "Redis",
    command: ["vitest", "run", "test/redis.test.ts"],
    folder: "deploy/infra",
    env: { GANTRY_INFRA_TESTS: "1" },
    needs: apt,
  },
  {
    name: "iam's sessions on Redis",
    // What 500 log-ins at once do has nothing to do with where sessions are.
    command: beside(["redis"], "vitest", "run", "--exclude", "test/flood*"),
    folder: "services/iam",
    needs: apt,
  },
  {
    name: "the suite of gateways on Node and on Envoy",
    // At once: most of it is streams that are held for half a minute.
    command: ["sh", "-c", "cd ../../platform/edge && vitest run test/node-gateway & vitest run envoy && wait $!"],
    folder: "deploy/infra",
    env: { ...gateways, GANTRY_INFRA_TESTS: "1" },
    needs: envoy,
  },
  {
    name: "gateways side by side",
    command: node("src/conformance/report/main.ts"),
    folder: "platform/edge",
    env: gateways,
    needs: envoy,
  },
  {
    name: "Connect conformance through the gateway",
    command: ["npm", "run", "conformance", "--", "--through", "node"],
    needs: go,
  },
  {
    name: "Connect conformance through Envoy",
    command: ["npm", "run", "conformance", "--", "--through", "envoy"],
    needs: throughEnvoy,
  },
  // Those of "end to end" that show what depends on gateway, sessions or broker. The others are
  // about the services themselves, which are the same.
  {
    name: "end to end, distributed: Envoy, Redis and Kafka",
    command: beside(
      ["redis", "envoy"],
      "vitest",
      "run",
      "test/acceptance",
      "test/identity",
      "test/rates",
      "test/races",
      "test/wallet",
    ),
    folder: "deploy/e2e",
    env: { GANTRY_E2E_KAFKA: "1", GANTRY_GATEWAY: "envoy" },
    needs: distributed,
  },
  {
    name: "faults on a Kafka that is struck too, with sessions in Redis",
    command: beside(["redis"], "vitest", "run", "test/faults"),
    folder: "deploy/e2e",
    env: { GANTRY_E2E_KAFKA: "1" },
    needs: redisAndKafka,
  },
];

/** What can be asked for: `npm run lint`, `npm run all`, and what CI runs. */
export const stageLists: Readonly<Record<string, readonly Stage[]>> = { lint, all, ci: [...all, ...everywhere] };
