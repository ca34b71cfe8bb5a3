import { destination } from "pino";

/** How long a line may wait for others, in milliseconds. */
const MAX_WAIT_MS = 10;
/** How much may wait, in characters. */
const MAX_WAITING = 65_536;
/** What does not wait. The level is the first key of a line. */
const urgent = /^\{"level":"(?:warn|error|fatal)"/;

/** Takes lines, each with its newline. */
export interface LineSink {
  write(line: string): void;
}

/**
 * Writes lines to a descriptor in the order they came, several with one system call: a write to a pipe whose reader wakes
 * up costs more than everything else about a line (100 microseconds measured on two busy cores).
 *
 * Warnings and worse are written at once, with all that was waiting before them; the rest at the latest after 10 ms, when
 * 64 KB have come together, or when the process exits, uncaught errors included. Only a process that is killed from outside
 * can lose lines, and only those of the last 10 ms. The write itself blocks while the reader lags behind: lines are never
 * dropped, unless nobody reads at all any more.
 */
function createLineSink(descriptor: number): LineSink {
  const file = destination({ dest: descriptor, sync: true });
  let waiting = "";
  let exiting = false;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = "";
    if (lines !== "") file.write(lines);
  };
  process.on("exit", () => {
    exiting = true;
    flush();
  });
  return {
    write(line) {
      waiting += line;
      if (exiting || waiting.length >= MAX_WAITING || urgent.test(line)) flush();
      else timer ??= setTimeout(flush, MAX_WAIT_MS).unref();
    },
  };
}

let shared: LineSink | undefined;

/** The one sink of this process's standard output. */
export function stdout(): LineSink {
  shared ??= createLineSink(1);
  return shared;
}
