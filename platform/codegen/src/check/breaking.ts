import { join } from "node:path";
import { run } from "./run.ts";
import type { Place, Verdict } from "./stages.ts";

/** What the protos are compared with, best first. */
const candidates = [
  { ref: "main", note: "against main" },
  { ref: "origin/main", note: "against origin/main" },
  {
    ref: "HEAD",
    note: "against HEAD only, there is no main here. To compare with it: git fetch --depth=1 origin main:main",
  },
] as const;

/** The folders and files that make the protos of a revision. */
const sources = ["buf.yaml", "contracts/proto", "contracts/vendor"];

/**
 * Whether today's protos break users of the main branch's. Needs no network: what is not in the clone cannot be compared
 * with, and the note says so.
 */
export async function checkBreaking({ root, temp }: Place): Promise<Verdict> {
  const baseline = await findBaseline(root);
  if (baseline === undefined) {
    return {
      ok: false,
      report: "This is no git repository with a commit, so there is nothing to compare with. Clone it.\n",
    };
  }
  const { note, paths } = baseline;
  if (paths.length < 2) return { ok: true, note: `${note}, which has no protos` };
  const image = join(temp, "baseline.tar");
  const archived = await run("git", ["archive", "--format=tar", "-o", image, baseline.ref, "--", ...paths], root);
  if (archived.code !== 0) return { ok: false, note, report: archived.output };
  const { code, output } = await run("buf", ["breaking", "--against", image], root);
  if (code === 0) return { ok: true, note };
  return {
    ok: false,
    note,
    report: `${output}Keep what is there and add beside it, or start a new version of the package.\n`,
  };
}

async function findBaseline(root: string) {
  for (const { ref, note } of candidates) {
    const { code } = await run("git", ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], root);
    if (code === 0) return { ref, note, paths: await pathsAt(root, ref) };
  }
  return undefined;
}

async function pathsAt(root: string, ref: string): Promise<readonly string[]> {
  const { stdout } = await run("git", ["ls-tree", "--name-only", ref, "--", ...sources], root);
  return stdout.split("\n").filter((line) => line !== "");
}
