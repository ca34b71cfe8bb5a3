import { parseArgs } from "node:util";
import { benchAssembly } from "./assembly.ts";
import { benchCreate } from "./create.ts";
import { benchConsume } from "./events/consume.ts";
import { benchRelay } from "./events/relay.ts";
import { benchGateway } from "./gateway/bench.ts";
import { benchHttp } from "./http.ts";
import { benchLogger } from "./logger.ts";
import type { Rounds } from "./measure.ts";
import { benchRpc } from "./rpc.ts";
import { benchWallet } from "./wallet.ts";

const benchmarks: Readonly<Record<string, { readonly what: string; run(rounds: Rounds): Promise<void> }>> = {
  http: { what: "bare Hono, the generated server, and the generated server in its host", run: benchHttp },
  rpc: { what: "connect-node, platform/rpc and grpc-js side by side", run: benchRpc },
  gateway: { what: "a direct call, the gateway on Node, Envoy; with and without the session check", run: benchGateway },
  create: { what: "the order service's create against the same rows in one bare statement", run: benchCreate },
  relay: { what: "the outbox: draining it, waiting in it, writing to it", run: benchRelay },
  consume: { what: "consumers with and without an inbox; taking over from a killed one", run: benchConsume },
  assembly: { what: "300 paid orders until the last is assembled", run: benchAssembly },
  wallet: { what: "created to paid: by wallet over events, by card over a call", run: benchWallet },
  logger: { what: "the silent logger, bare pino and the platform's logger", run: benchLogger },
};

const usage = `npm run bench -- NAME [--rounds N] [--seconds N]

${Object.entries(benchmarks)
  .map(([name, { what }]) => `  ${name.padEnd(8)} ${what}`)
  .join("\n")}

  --rounds N   counted rounds of each contender, from 1 to 20 (default 5), after one to warm up
  --seconds N  length of a round, from 1 to 60 (default 3)
`;

function bounded(text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new RangeError(`${text} is not a whole number from 1 to ${max}`);
  return value;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const benchmark = benchmarks[positionals[0] ?? ""];
  if (values.help || benchmark === undefined || positionals.length > 1) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  await benchmark.run({ rounds: bounded(values.rounds, 20), roundMs: bounded(values.seconds, 60) * 1000 });
  return 0;
}

process.exitCode = await main();
