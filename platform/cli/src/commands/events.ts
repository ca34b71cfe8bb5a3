import type { Command, Context } from "../command.ts";
import { type EventsReport, listEvents } from "../events/list.ts";
import { loadRegistry } from "../events/registry.ts";
import { renderReport } from "../events/render.ts";
import { replay, skip } from "../events/replay.ts";
import { showEvent } from "../events/show.ts";
import { findSources } from "../events/sources.ts";
import { topics } from "../events/topics.ts";
import { UsageError } from "../usage-error.ts";

const help = `gantry events: what waits, what is stuck, and how to let it go on.

  npm run gantry -- events list                        outboxes, consumers, parked keys, dead letters
  npm run gantry -- events list --json                 the same for programs
  npm run gantry -- events show <service> <event id>   an event that waits in its outbox or inbox, decoded
  npm run gantry -- events show dlq <id>               a dead letter, decoded if it can be
  npm run gantry -- events replay <service> <key>      let the parked events of an aggregate go on
  npm run gantry -- events replay dlq <id>             put a dead letter back into its topic
  npm run gantry -- events skip <service> <key>        give up missing events: go on with those that wait
  npm run gantry -- events topics                      check that the topics are there
  npm run gantry -- events topics --create             make those that are missing

  npm run gantry -- events replay assembly 01890a5d-ac96-774b-bcce-b302099a8057
  npm run gantry -- events show dlq order.events.v1.dlq/0/17

Replaying twice has one effect. Mend the cause first: what fails again stays parked. Skipping loses what it gives up: only
for events that nobody has any more, neither the broker nor a dead-letter topic.

It reads <SERVICE>_POSTGRES_URL, KAFKA_BROKERS and EVENTS_POSTGRES_URL, and for what is not set the system that npm start
runs in this clone. Fields that the contracts call sensitive are hidden. Exits with 1 when something could not be reached.
`;

type Subcommand = (words: readonly string[], flags: ReadonlySet<string>, context: Context) => Promise<number>;

const subcommands: Readonly<Record<string, Subcommand>> = {
  async list(words, flags, context) {
    expectWords(words, []);
    const report = await listEvents(...(await systemOf(context)));
    context.output.out(flags.has("json") ? toJson(report) : renderReport(report));
    return report.problems.length === 0 ? 0 : 1;
  },
  async show(words, _flags, context) {
    const [place, id] = expectWords(words, ["a service or dlq", "an id"]);
    const shown = await showEvent(...(await systemOf(context)), place, id);
    context.output.out(`${JSON.stringify(shown, undefined, 2)}\n`);
    return 0;
  },
  async replay(words, _flags, context) {
    const [place, id] = expectWords(words, ["a service or dlq", "a key or an id"]);
    const [sources] = await systemOf(context);
    for (const line of await replay(sources, place, id)) context.output.out(`${line}\n`);
    return 0;
  },
  async skip(words, _flags, context) {
    const [service, key] = expectWords(words, ["a service", "a key"]);
    const [sources] = await systemOf(context);
    for (const line of await skip(sources, service, key)) context.output.out(`${line}\n`);
    return 0;
  },
  async topics(words, flags, context) {
    expectWords(words, []);
    for (const line of await topics(...(await systemOf(context)), flags.has("create"))) context.output.out(`${line}\n`);
    return 0;
  },
};

/** `gantry events` */
export const eventsCommand: Command = {
  help,
  flags: ["json", "create"],
  async run([name = "", ...words], flags, context) {
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    if (subcommand === undefined) throw new UsageError(`say one of ${Object.keys(subcommands).join(", ")}`);
    return await subcommand(words, flags, context);
  },
};

const systemOf = async ({ workspace, environment }: Context) =>
  [await findSources(workspace, environment), await loadRegistry(workspace)] as const;

/** @throws UsageError unless there is one word for each name */
function expectWords(words: readonly string[], names: readonly string[]): readonly [string, string] {
  if (words.length !== names.length)
    throw new UsageError(names.length === 0 ? `"${words.join(" ")}" is too much` : `wanted: ${names.join(" and ")}`);
  const [first = "", second = ""] = words;
  return [first, second];
}

const toJson = (report: EventsReport): string => `${JSON.stringify(report, undefined, 2)}\n`;
