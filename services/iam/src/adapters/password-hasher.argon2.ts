import { randomBytes } from "node:crypto";
import { argon2id, hash, needsRehash, verify } from "argon2";
import type { PasswordCheck, PasswordHasher } from "../app/ports.ts";
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
  readonly #parameters;
  /** Stands in for the hash of a person who is not there. No password is known to match it. */
  readonly #dummy: string;

  constructor({ memoryKib, iterations }: HashingCost, limits: GateLimits) {
    this.#gate = new HashingGate(limits);
    this.#parameters = { type: argon2id, memoryCost: memoryKib, timeCost: iterations, parallelism: 1 } as const;
    this.#dummy = `$argon2id$v=19$m=${memoryKib},p=1,t=${iterations}$${noise(SALT_BYTES)}$${noise(HASH_BYTES)}`;
  }

  hash(password: string, signal: AbortSignal): Promise<string> {
    return this.#gate.run(() => hash(password, this.#parameters), signal);
  }

  async check(kept: string | undefined, password: string, signal: AbortSignal): Promise<PasswordCheck> {
    const matches = await this.#gate.run(() => verify(kept ?? this.#dummy, password), signal);
    if (kept === undefined) return { matches: false, outdated: false };
    return { matches, outdated: needsRehash(kept, this.#parameters) };
  }
}

/** As the PHC string format writes bytes: base64 without padding. */
const noise = (bytes: number): string => randomBytes(bytes).toString("base64").replaceAll("=", "");
