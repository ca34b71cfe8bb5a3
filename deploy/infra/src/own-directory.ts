import { guardFolder, tempDir } from "@gantry/testing";

/** A server's data that nobody asked to keep. */
export interface OwnDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes one that goes with this process, `kill -9` included. */
export async function ownDirectory(prefix: string): Promise<OwnDirectory> {
  const folder = await tempDir(prefix);
  const forget = guardFolder(folder.path);
  return {
    path: folder.path,
    async remove() {
      await folder.remove();
      forget();
    },
  };
}
