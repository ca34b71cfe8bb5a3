import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Keeps what services write in files, beside the terminal. */
export interface LogFiles {
  /** Appends a line to `<service>.log`. A disk that is full loses lines and nothing else. */
  write(service: string, line: string): void;
}

interface LogFile {
  readonly fd: number;
  readonly bytes: number;
}

/** Then a file is moved to `<service>.log.old`, in place of an earlier one. */
const MAX_BYTES = 20_000_000;

/** Logs below `directory`, which is emptied at the first line: until then another system may still run there. */
export function createLogFiles(directory: string, maxBytes = MAX_BYTES): LogFiles {
  const files = new Map<string, LogFile>();
  const pathOf = (service: string): string => join(directory, `${service}.log`);
  const open = (service: string): LogFile => ({ fd: openSync(pathOf(service), "w"), bytes: 0 });

  function fileOf(service: string): LogFile {
    if (files.size === 0) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
    }
    const file = files.get(service) ?? open(service);
    if (file.bytes < maxBytes) return file;
    closeSync(file.fd);
    renameSync(pathOf(service), `${pathOf(service)}.old`);
    return open(service);
  }

  return {
    write(service, line) {
      try {
        const file = fileOf(service);
        files.set(service, { fd: file.fd, bytes: file.bytes + writeSync(file.fd, `${line}\n`) });
      } catch {
        // The terminal has the line.
      }
    },
  };
}
