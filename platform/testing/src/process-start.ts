import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When the process `pid` started, in units that only make sense compared with another answer for the same pid; undefined
 * when there is no such process. Tells a process from a later one that got the same pid.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

/** Field 22 of /proc/<pid>/stat; a zombie nobody has collected yet counts as gone. See proc_pid_stat(5). */
function fromProc(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The command name (field 2) is in parentheses and may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

function fromPs(pid: number): string | undefined {
  const listed = quietly(() =>
    execFileSync("/bin/ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" }),
  );
  const [, state, start] = /^\s*(\S+)\s+(.*\S)/.exec(listed ?? "") ?? [];
  return state?.startsWith("Z") ? undefined : start;
}

function quietly(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
