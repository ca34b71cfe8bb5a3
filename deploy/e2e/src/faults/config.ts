import { randomBytes } from "node:crypto";

/** How the fault cases run here. */
export interface FaultConfig {
  /** Of the whole run; each case derives its own from it. */
  readonly seed: string;
  /** Addresses of a Kafka that is there; undefined otherwise. */
  readonly kafkaBrokers: string | undefined;
  /** Whether to start a Kafka: for faults of the broker itself. */
  readonly startKafka: boolean;
  /** Orders of one case. */
  readonly orders: number;
  /** How long the broker stays away, in milliseconds, in the case where it does. */
  readonly outageMs: number;
  /** How often a failpoint is to strike in the case of many rounds. */
  readonly rounds: number;
}

const DEFAULT_ORDERS = 60;
const DEFAULT_OUTAGE_MS = 20_000;
const DEFAULT_ROUNDS = 5;

/**
 * Reads `GANTRY_E2E_SEED`, `KAFKA_BROKERS`, `GANTRY_E2E_KAFKA=1`, `GANTRY_E2E_ORDERS`, `GANTRY_E2E_OUTAGE_MS` and
 * `GANTRY_E2E_ROUNDS`.
 */
export function faultConfig(env: NodeJS.ProcessEnv = process.env): FaultConfig {
  const startKafka = env.GANTRY_E2E_KAFKA === "1";
  return {
    seed: env.GANTRY_E2E_SEED || randomBytes(4).toString("hex"),
    kafkaBrokers: startKafka ? undefined : env.KAFKA_BROKERS || undefined,
    startKafka,
    orders: count(env.GANTRY_E2E_ORDERS, DEFAULT_ORDERS),
    outageMs: count(env.GANTRY_E2E_OUTAGE_MS, DEFAULT_OUTAGE_MS),
    rounds: count(env.GANTRY_E2E_ROUNDS, DEFAULT_ROUNDS),
  };
}

function count(text: string | undefined, otherwise: number): number {
  const value = Number(text || otherwise);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${text} is not a whole number above 0`);
  return value;
}
