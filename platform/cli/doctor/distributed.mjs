import { isKafkaClientUsable, kafkaClientFolder } from "../../bootstrap/lib/kafka-client.mjs";
import { versionOf } from "./run.mjs";

/** What each tool is for, where the distributed mode or a part of CI cannot do without it. */
const tools = [
  { name: "JDK", ask: ["java", "-version"], use: "Kafka (17 or newer)" },
  { name: "Maven", ask: ["mvn", "--version"], use: "fetching Kafka" },
  { name: "Python", ask: ["python3", "--version"], use: "the MongoDB-wire server for tests (3.10 to 3.13)" },
  { name: "pip", ask: ["python3", "-m", "pip", "--version"], use: "fetching that server" },
  { name: "Go", ask: ["go", "version"], use: "the Connect conformance suite (npm run conformance)" },
  { name: "C++ compiler", ask: ["g++", "--version"], use: "building the Kafka client" },
  { name: "make", ask: ["make", "--version"], use: "building the Kafka client" },
  { name: "Docker", ask: ["docker", "--version"], use: "containers and compose files" },
];

export async function distributedChecks() {
  return [...tools.map(check), kafkaClientCheck()];
}

const check = ({ name, ask: [program, ...args], use }) => {
  const version = versionOf(program, args);
  return version === undefined
    ? { state: "info", name, text: `missing; needed for ${use}` }
    : { state: "ok", name, text: version };
};

function kafkaClientCheck() {
  const name = "Kafka client";
  const folder = kafkaClientFolder();
  return isKafkaClientUsable(folder)
    ? { state: "ok", name, text: folder }
    : { state: "info", name, text: `not built for Node ${process.version}; npm run kafka:client does it` };
}
