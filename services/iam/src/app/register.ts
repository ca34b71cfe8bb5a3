import { type Clock, type Uuid, uuidv7 } from "@gantry/kernel";
import { canonicalNewPassword } from "../domain/password.ts";
import { checkedMethods, type NotificationMethod } from "../domain/user.ts";
import type { PasswordHasher, UserStore } from "./ports.ts";

/** Who registers. */
export interface Registration {
  readonly login: string;
  readonly email: string;
  readonly password: string;
  readonly notificationMethods: readonly NotificationMethod[];
}

export class Register {
  readonly #users: UserStore;
  readonly #hasher: PasswordHasher;
  readonly #clock: Clock;

  constructor(users: UserStore, hasher: PasswordHasher, clock: Clock) {
    this.#users = users;
    this.#hasher = hasher;
    this.#clock = clock;
  }

  /** @throws AppError LOGIN_TAKEN, RATE_LIMITED, PASSWORD_INVALID, CONTACT_INVALID */
  async execute({ password, ...wanted }: Registration, signal: AbortSignal): Promise<Uuid> {
    const canonical = canonicalNewPassword(password, "password");
    const notificationMethods = checkedMethods(wanted.notificationMethods);
    const passwordHash = await this.#hasher.inTurn(signal, ({ hash }) => hash(canonical));
    signal.throwIfAborted(); // whoever has gone does not learn that the login is theirs now
    const userUuid = uuidv7();
    await this.#users.add({ ...wanted, notificationMethods, userUuid, passwordHash, createdAt: this.#clock.now() });
    return userUuid;
  }
}
