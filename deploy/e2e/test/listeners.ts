import { readdir, readFile, readlink } from "node:fs/promises";

/** A TCP port on which a process accepts connections. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

const LISTEN = "0A";

/** Every TCP port of this process that accepts connections, as the Linux kernel knows them. */
export async function listenersOf(pid: number): Promise<readonly Listener[]> {
  const sockets = await socketsOf(pid);
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8")));
  return tables.flatMap((table) =>
    table
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = ""]) => state === LISTEN && sockets.has(inode))
      .map(([, local = ""]) => listenerOf(local)),
  );
}

/** The inodes of the sockets that a process holds. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => "")));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Reads `0100007F:1F90`: the address in the machine's byte order, the port in the network's. */
function listenerOf(local: string): Listener {
  const [address = "", port = ""] = local.split(":");
  return { address: named[address] ?? address, port: Number.parseInt(port, 16) };
}

const named: Readonly<Record<string, string>> = {
  "0100007F": "127.0.0.1",
  "00000000000000000000000001000000": "::1",
};
