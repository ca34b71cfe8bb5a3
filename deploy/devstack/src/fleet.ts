import type { Environment } from "./environment.ts";
import { createLogBuffer } from "./logs/log-buffer.ts";
import { type Supervisor, type SupervisorOptions, supervise } from "./service/supervisor.ts";

/** One service to run, its environment complete. */
export type Member = Pick<SupervisorOptions, "name" | "program" | "directory" | "readyUrl" | "env">;

/** Who hears what the members do. */
export interface FleetListener {
  /** Every line of every service. */
  log(service: string, line: string): void;
  /** Ends and restarts. */
  onEvent(text: string): void;
}

/** The running services. Every method throws for a name that is not among them. */
export interface Fleet {
  /** What a service was, and will be, started with. */
  env(service: string): Environment;
  /** Stops a service in order and starts it again, with more variables if given. Resolves when it is ready. */
  restart(service: string, more?: Environment): Promise<void>;
  /** Signals a service as if from outside. Resolves when that process has ended; a new one is started by itself. */
  kill(service: string, signal?: NodeJS.Signals): Promise<void>;
  /** Resolves when the service is ready, now or after a restart. */
  ready(service: string): Promise<void>;
  /** The latest process of a service. */
  pid(service: string): number | undefined;
  /** The last 20,000 lines a service wrote, over all its lives, oldest first. */
  logs(service: string): readonly string[];
  /** Kills every service at once and for good, without waiting. */
  destroy(): void;
}

/** A fleet as its launcher sees it. */
interface OwnFleet extends Fleet {
  /** Resolves when all are ready; rejects, with what the culprit wrote last, when one cannot be. */
  allReady(): Promise<void>;
  /** Stops round after round, the services of one round together. */
  stop(rounds: readonly (readonly string[])[]): Promise<void>;
}

const TAIL_LINES = 15;

/** Starts all members at once: each waits for what it needs by its own readiness. */
export function startFleet(members: readonly Member[], listener: FleetListener): OwnFleet {
  const crew = new Map(members.map((member) => [member.name, enlist(member, listener)]));
  const of = (name: string) => {
    const found = crew.get(name);
    if (found === undefined) throw new Error(`there is no service "${name}", only ${[...crew.keys()].join(", ")}`);
    return found;
  };
  return {
    env: (name) => of(name).supervisor.env(),
    restart: (name, more) => of(name).supervisor.restart(more),
    kill: (name, signal = "SIGKILL") => of(name).supervisor.kill(signal),
    ready: (name) => of(name).supervisor.ready(),
    pid: (name) => of(name).supervisor.pid(),
    logs: (name) => of(name).lines(),
    destroy() {
      for (const { supervisor } of crew.values()) supervisor.destroy();
    },
    async allReady() {
      await Promise.all([...crew.values()].map(readyOrExplain));
    },
    async stop(rounds) {
      for (const round of rounds) await Promise.all(round.map((name) => of(name).supervisor.stop()));
    },
  };
}

interface Enlisted {
  readonly supervisor: Supervisor;
  lines(): readonly string[];
}

function enlist(member: Member, { log, onEvent }: FleetListener): Enlisted {
  const buffer = createLogBuffer();
  const onLine = (line: string) => {
    buffer.add(line);
    log(member.name, line);
  };
  return { supervisor: supervise({ ...member, onLine, onEvent }), lines: buffer.lines };
}

async function readyOrExplain({ supervisor, lines }: Enlisted): Promise<void> {
  try {
    await supervisor.ready();
  } catch (error) {
    const tail = lines().slice(-TAIL_LINES).join("\n");
    throw new Error(`${error instanceof Error ? error.message : error}\n${tail}`, { cause: error });
  }
}
