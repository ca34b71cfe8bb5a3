import type { Uuid } from "@gantry/kernel";
import type { Budget, Failures, ThrottleScope } from "../domain/throttle.ts";
import type { NotificationMethod, User } from "../domain/user.ts";
import type { StoredSession } from "./session-store.ts";

export type { SessionStore, StoredSession } from "./session-store.ts";

/** A person who registers. */
export interface NewUser extends Omit<User, "updatedAt"> {
  readonly passwordHash: string;
}

/** What a password is checked against, and what a session begins with. */
export interface Credentials {
  readonly userUuid: Uuid;
  readonly login: string;
  readonly passwordHash: string;
  /** The session epoch at the same moment. */
  readonly epoch: number;
}

/** A new password, set by a session that ends the others. */
export interface PasswordChange {
  readonly userUuid: Uuid;
  readonly passwordHash: string;
  readonly session: Pick<StoredSession, "sessionUuid" | "epoch">;
  readonly at: Date;
}

/** The people. Every method rejects with an AppError `unavailable` or `timeout` when the database does not answer. */
export interface UserStore {
  /** @throws AppError LOGIN_TAKEN. Of callers with one login, one gets it. */
  add(user: NewUser): Promise<void>;
  find(userUuid: Uuid): Promise<User | undefined>;
  /** @param login one of the shape of a login */
  credentialsOf(login: string): Promise<Credentials | undefined>;
  credentialsOfUser(userUuid: Uuid): Promise<Credentials | undefined>;
  /** Replaces all methods. @returns the person as they are now */
  setNotificationMethods(userUuid: Uuid, methods: readonly NotificationMethod[], at: Date): Promise<User | undefined>;
  /**
   * Sets the password and ends every session in one transaction, by a new epoch.
   * @returns the new epoch; undefined, and nothing has changed, when the session that asks has ended or the epoch moved on
   */
  changePassword(change: PasswordChange): Promise<number | undefined>;
  /** Replaces the hash of an unchanged password, unless it has changed meanwhile. */
  rehash(userUuid: Uuid, from: string, to: string): Promise<void>;
}

/** What has been revoked, kept beside the users: whatever a store of sessions loses, this stays. */
export interface Revocations {
  /** Ends every session of a person by a new epoch. @returns whether there is such a person */
  endAll(userUuid: Uuid): Promise<boolean>;
  /** Ends one session. Kept until `until`, by when the session must be over by itself. Idempotent. */
  end(sessionUuid: Uuid, until: Date): Promise<void>;
  /** Those of the sessions that are not revoked, and whose person is there. */
  unrevoked(sessions: readonly StoredSession[]): Promise<ReadonlySet<Uuid>>;
}

/** What came of checking a password. */
export interface PasswordCheck {
  readonly matches: boolean;
  /** The hash was made with other parameters than today's. */
  readonly outdated: boolean;
}

/** Works with passwords. Whoever has it has a turn. */
export interface Hashing {
  hash(password: string): Promise<string>;
  /** Without a hash it works as long and says no. */
  check(hash: string | undefined, password: string): Promise<PasswordCheck>;
}

/** Hashing takes much time and memory, so it is done by turns: a few at a time, and a bounded number of callers waits. */
export interface PasswordHasher {
  /**
   * Runs the work when it is its turn. Work that has begun is not stopped; one turn should hash once or twice.
   * @throws AppError RATE_LIMITED when the queue is full; the signal's reason when it is aborted before the work begins
   */
  inTurn<T>(signal: AbortSignal, work: (hashing: Hashing) => Promise<T>): Promise<T>;
}

/** Signs the identity of a person in a session. */
export type SignIdentity = (userUuid: Uuid, sessionUuid: Uuid) => Promise<string>;

/** Names the failures that belong together. */
export interface ThrottleKey {
  readonly scope: ThrottleScope;
  /** Sha-256, in hex. */
  readonly key: string;
}

/** Failed log-ins, shared by all replicas. */
export interface ThrottleStore {
  failures(keys: readonly ThrottleKey[], at: Date): Promise<readonly Failures[]>;
  /** Lets one caller through whose wait is over: `lastAt` becomes `at` for the one who found it as `seen`. */
  claim(key: ThrottleKey, seen: Date, at: Date): Promise<boolean>;
  /** Counts one more failure for each key, whoever else does so at the same time. */
  add(keys: readonly ThrottleKey[], budgets: Readonly<Record<ThrottleScope, Budget>>, at: Date): Promise<void>;
  forget(key: ThrottleKey): Promise<void>;
}

/** Deletes what is over. */
export interface Retention {
  /** One batch. @returns how many rows went */
  sweep(at: Date): Promise<number>;
}
