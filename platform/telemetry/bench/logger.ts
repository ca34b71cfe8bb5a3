import { pino } from "pino";
import { createLogger, type LogFields, type Logger, silentLogger } from "../src/index.ts";

/** What a line costs: our logger beside the silent one and beside bare pino, all writing into the void. */

const LINES = 200_000;
const ROUNDS = 7;
const sink = { write: (): void => {} };

const contenders: Readonly<Record<string, Pick<Logger, "info" | "debug">>> = {
  silent: silentLogger,
  "bare pino": pino({ messageKey: "message", base: { service: "bench" } }, sink),
  gantry: createLogger({
    service: "bench",
    sensitiveFields: new Set(["card_number", "session_uuid"]),
    destination: sink,
  }),
};

const fields: LogFields = {
  method: "POST",
  route: "/orders/{order_uuid}/pay",
  status: 200,
  duration_ms: 12.5,
  user: "u",
};
const nested: LogFields = {
  order: {
    uuid: "01890a5d",
    items: [
      { part: "a", quantity: 1 },
      { part: "b", quantity: 2 },
    ],
    card_number: "4111",
  },
  headers: { authorization: "Bearer x", accept: "application/json" },
};

const cases: Readonly<Record<string, (log: Pick<Logger, "info" | "debug">) => void>> = {
  "five flat fields": (log) => log.info(fields, "request served"),
  "nested, with secrets": (log) => log.info(nested, "order paid"),
  "below the level": (log) => log.debug(fields, "request served"),
};

function nanosPerLine(
  log: Pick<Logger, "info" | "debug">,
  line: (log: Pick<Logger, "info" | "debug">) => void,
): number {
  const started = process.hrtime.bigint();
  for (let count = 0; count < LINES; count += 1) line(log);
  return Number(process.hrtime.bigint() - started) / LINES;
}

/** The best of some rounds, the contenders in turn: noise of the machine only ever adds. */
function bestOf(line: (log: Pick<Logger, "info" | "debug">) => void): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, log] of Object.entries(contenders)) {
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, nanosPerLine(log, line)));
    }
  }
  return best;
}

process.stdout.write(`logger, ${LINES} lines a round, best of ${ROUNDS}, nanoseconds per line\n`);
for (const [what, line] of Object.entries(cases)) {
  const best = bestOf(line);
  const columns = [...best].map(([name, nanos]) => `${name} ${nanos.toFixed(0).padStart(5)}`);
  const ratio = (best.get("bare pino") ?? 0) / (best.get("gantry") ?? 1);
  process.stdout.write(`${what.padEnd(22)} ${columns.join("   ")}   gantry reaches ${ratio.toFixed(2)} of bare pino\n`);
}
