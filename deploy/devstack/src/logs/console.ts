import type { WriteStream } from "node:tty";
import { createPaint, type Paint } from "./paint.ts";
import { readable } from "./readable.ts";

/** The terminal, or the file, that the launcher writes to. */
export interface Console {
  readonly paint: Paint;
  /** A line of a service, its name in front. */
  log(service: string, line: string): void;
  /** A line of the launcher itself. */
  event(text: string): void;
  /** Text as it is. */
  raw(text: string): void;
}

const NAME_WIDTH = 12;

/** A terminal gets colours and readable lines; anything else gets the services' JSON as they wrote it. */
export function createConsole(out: Pick<WriteStream, "write"> & { readonly isTTY?: boolean }): Console {
  const terminal = out.isTTY === true;
  const paint = createPaint(terminal);
  const seen: string[] = [];
  const label = (name: string) => {
    if (!seen.includes(name)) seen.push(name);
    return paint.label(name.padEnd(NAME_WIDTH), seen.indexOf(name));
  };
  const raw = (text: string) => void out.write(text);
  return {
    paint,
    raw,
    log: (service, line) => raw(`${label(service)} ${terminal ? readable(line, paint) : line}\n`),
    event: (text) => raw(`${paint.bold("gantry".padEnd(NAME_WIDTH))} ${text}\n`),
  };
}
