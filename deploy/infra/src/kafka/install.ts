import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, javaCommand, ownEnvironment } from "../config.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import { runProgram } from "../run-program.ts";
import { logSettings } from "./log-settings.ts";

/** 4.4.0 is listed too, but lacks a module: it resolves and cannot run. */
const KAFKA = "4.3.1";
const SCALA = "2.13";
const LOG4J = "2.25.4";
const OLDEST_JAVA = 17;

/** An installed Kafka: how to run a class of it. */
export interface KafkaProgram {
  readonly command: string;
  /** Everything in front of the class's name. */
  readonly args: readonly string[];
}

/**
 * Fetches Apache Kafka's jars from Maven Central into the cache, unless they are there: about ten seconds, 44 MB. Maven
 * checks their checksums. One process installs at a time, the others wait.
 *
 * @throws Error saying what is missing: Java 17 or newer, or Maven.
 */
export async function installKafka(): Promise<KafkaProgram> {
  await checkJava();
  const folder = join(cacheFolder(), `kafka-${KAFKA}`);
  if (!isComplete(folder)) {
    await oneAtATime(`${folder}.lock`, async () => {
      if (!isComplete(folder)) await download(folder);
    });
  }
  return programIn(folder);
}

const isComplete = (folder: string) => existsSync(join(folder, ".complete"));

async function checkJava(): Promise<void> {
  const { code, text } = await runProgram(javaCommand(), ["-version"], ownEnvironment());
  const version = /version "(?:1\.)?(\d+)/.exec(text)?.[1];
  if (code === 0 && Number(version) >= OLDEST_JAVA) return;
  const found = code === 0 ? `this is ${version}` : `${javaCommand()} does not run: ${text}`;
  throw new Error(`Kafka needs Java ${OLDEST_JAVA} or newer (JAVA_HOME, or java on the PATH); ${found}`);
}

/** Made aside and moved into place: what is there is complete. */
async function download(folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    await writeFile(join(draft, "pom.xml"), pom);
    await writeFile(join(draft, "log4j2.properties"), logSettings);
    const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    const into = ["-DincludeScope=runtime", `-DoutputDirectory=${join(draft, "lib")}`, "-Dmdep.copyPom=false"];
    // --strict-checksums: a jar that does not match its checksum fails the installation.
    await must("mvn", ["-q", "-B", "--strict-checksums", "-f", join(draft, "pom.xml"), copy, ...into]);
    // A release that is published by halves resolves and still cannot run.
    const { command, args } = programIn(draft);
    await must(command, [...args, "kafka.tools.StorageTool", "random-uuid"]);
    await writeFile(join(draft, ".complete"), "");
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, text } = await runProgram(command, args, ownEnvironment());
  if (code === 0) return;
  if (code === 127) throw new Error(`${command} is needed to fetch Kafka: ${text}`);
  throw new Error(`${command} failed while fetching Kafka ${KAFKA} (${code}): ${text.slice(-2_000)}`);
}

const programIn = (folder: string): KafkaProgram => ({
  command: javaCommand(),
  args: [`-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`, "-cp", join(folder, "lib", "*")],
});

/** slf4j 1.7 needs this binding: without it Kafka runs without a log. */
const pom = `<project><modelVersion>4.0.0</modelVersion>
  <groupId>gantry.infra</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_${SCALA}</artifactId><version>${KAFKA}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J}</version>
    </dependency>
  </dependencies>
</project>
`;
