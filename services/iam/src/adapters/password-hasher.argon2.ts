import { randomBytes } from "node:crypto";
import { argon2id, hash, needsRehash, verify } from "argon2";
import type { Hashing, PasswordHasher } from "../app/ports.ts";
import { type GateLimits, HashingGate } from "./hashing-gate.ts";

/** What one hash costs. */
export interface HashingCost {
  readonly memoryKib: number;
  readonly iterations: number;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Argon2id (RFC 9106), computed in the thread pool, so that the event loop goes on. */
export class Argon2Hasher implements PasswordHasher {
  readonly #gate: HashingGate;
  readonly #hashing: Hashing;

  constructor(cost: HashingCost, limits: GateLimits) {
    this.#gate = new HashingGate(limits);
    this.#hashing = argon2(cost);
  }

  inTurn<T>(signal: AbortSignal, work: (hashing: Hashing) => Promise<T>): Promise<T> {
    return this.#gate.run(signal, () => work(this.#hashing));
  }
}

function argon2({ memoryKib, iterations }: HashingCost): Hashing {
  const parameters = { type: argon2id, memoryCost: memoryKib, timeCost: iterations, parallelism: 1 } as const;
  // Stands in for the hash of a person who is not there. No password is known to match it.
  const dummy = `$argon2id$v=19$m=${memoryKib},p=1,t=${iterations}$${noise(SALT_BYTES)}$${noise(HASH_BYTES)}`;
  return {
    hash: (password) => hash(password, parameters),
    check: async (kept, password) => {
      const matches = await verify(kept ?? dummy, password);
      if (kept === undefined) return { matches: false, outdated: false };
      return { matches, outdated: needsRehash(kept, parameters) };
    },
  };
}

/** As the PHC string format writes bytes: base64 without padding. */
const noise = (bytes: number): string => randomBytes(bytes).toString("base64").replaceAll("=", "");
