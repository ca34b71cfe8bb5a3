import type { Socket } from "node:net";

/** What a listener needs of a server that is fed with accepted connections. */
export interface SubServer {
  accept(socket: Socket): void;
  /** Lets running calls finish, and asks the peers to begin no more. */
  drain(): void;
  /** Cuts what is left. */
  close(): void;
}
