import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that goes away with its user: `await using directory = await tempDir()`. */
export interface TempDir extends AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  /** Deletes the directory and what is in it. Calling it again does nothing. */
  remove(): Promise<void>;
}

/** Makes an empty directory that only this user can enter. The caller removes it. */
export async function tempDir(prefix = "gantry-"): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 3 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
