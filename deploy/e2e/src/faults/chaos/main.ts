import { parseArgs } from "node:util";
import { faultConfig } from "../config.ts";
import { newChronicle, runCase } from "../fault-case.ts";
import { type FaultSystem, startFaultSystem } from "../fault-system.ts";
import { createRandom } from "../workload/random.ts";
import { faultsFor } from "./faults.ts";

const help = `Strikes the whole system with one fault after another while people order and pay, and checks after each
that nothing was lost, doubled or made up.

  npm run chaos -- [--minutes N] [--seed S] [--orders N] [--kafka]

  --minutes N  how long, from 1 to 1440 (default 5); the round at work then is finished
  --seed S     the same faults and the same people again (default: one of its own, which it prints)
  --orders N   orders of a round, from 10 to 1000 (default 60)
  --kafka      on an Apache Kafka of its own, which is struck too; otherwise on the embedded log,
               or on the Kafka that KAFKA_BROKERS names

Exit code 0: everything held. 1: something did not, or a fault did not strike. 2: wrong usage.
`;

const EXIT_WRONG_USAGE = 2;

interface Wish {
  readonly minutes: number;
  readonly seed: string | undefined;
  readonly orders: number;
  readonly kafka: boolean;
}

function wishOf(args: readonly string[]): Wish | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "5" },
      seed: { type: "string" },
      orders: { type: "string", default: "60" },
      kafka: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const minutes = bounded("--minutes", values.minutes, 1, 1_440);
  const orders = bounded("--orders", values.orders, 10, 1_000);
  return { minutes, orders, seed: values.seed, kafka: values.kafka };
}

function bounded(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is "${text}", not a whole number from ${min} to ${max}`);
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Resolves to the exit code. */
async function chaos({ minutes, seed, orders, kafka }: Wish): Promise<number> {
  const given = faultConfig();
  const config = { ...given, orders, seed: seed ?? given.seed, startKafka: kafka || given.startKafka };
  say(`chaos for ${minutes} min, seed ${config.seed}${config.startKafka ? ", on a Kafka of its own" : ""}`);
  await using system = await startFaultSystem(config, { onEvent: (text) => say(`  ${text}`) });
  const endsAt = Date.now() + minutes * 60_000;
  const random = createRandom(config.seed);
  const chronicle = newChronicle();
  const faults = faultsFor(system);
  let round = 0;
  while (Date.now() < endsAt) {
    round += 1;
    const fault = random.pick(faults);
    const { verdict } = await runCase(system, config, chronicle, { ...fault, name: `round ${round}: ${fault.name}` });
    if (!verdict.ok) return report(system, verdict.violations);
  }
  say(`everything held: ${round} rounds, ${chronicle.calls.length} calls (seed ${config.seed})`);
  return 0;
}

function report(system: FaultSystem, violations: readonly object[]): number {
  say(system.tail(20));
  for (const violation of violations) say(JSON.stringify(violation));
  return 1;
}

async function main(args: readonly string[]): Promise<number> {
  let wish: Wish | "help";
  try {
    wish = wishOf(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${help}`);
    return EXIT_WRONG_USAGE;
  }
  if (wish === "help") {
    process.stdout.write(help);
    return 0;
  }
  return await chaos(wish).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return 1;
  });
}

process.exitCode = await main(process.argv.slice(2));
