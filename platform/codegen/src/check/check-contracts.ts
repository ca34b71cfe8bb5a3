import { type StageName, stages } from "./stages.ts";
import { withTempFolder } from "./temp-folder.ts";

/**
 * Runs stages one after the other and tells how each went. All of them run, whatever fails.
 * @returns the exit code: 0, or 1 when anything failed
 */
export async function checkContracts(
  root: string,
  names: readonly StageName[],
  write: (text: string) => void,
): Promise<number> {
  let failed = 0;
  for (const name of names) {
    const { ok, note, report } = await withTempFolder((temp) => stages[name]({ root, temp }));
    if (!ok) failed++;
    write(`${ok ? "✓" : "✗"} ${name}${note === undefined ? "" : `: ${note}`}\n${report ?? ""}`);
  }
  return failed === 0 ? 0 : 1;
}
