import { randomUUID } from "node:crypto";
import { createIdentityVerifier } from "@gantry/identity";
import { clientsOf, type RunningService } from "./fixture.ts";

/** Somebody who can register. */
export interface Person {
  readonly login: string;
  readonly password: string;
  readonly email: string;
}

/** A new login, and a password that nobody else has. */
export function aPerson(more: Partial<Person> = {}): Person {
  const unique = randomUUID().replaceAll("-", "");
  return { login: `p-${unique}`, password: `correct horse ${unique}`, email: `${unique}@example.org`, ...more };
}

/** Drives one running service as the people, the gateway and the services that call it. */
export function drive({ url, identity }: Pick<RunningService, "url" | "identity">) {
  const nobody = clientsOf(url, () => undefined);
  const gateway = clientsOf(url, () => identity.service("gateway", "iam")).auth;
  const order = clientsOf(url, () => identity.service("order", "iam")).auth;
  const notification = clientsOf(url, () => identity.service("notification", "iam")).users;
  const verifier = createIdentityVerifier({ service: "order", jwks: identity.jwks });

  const register = async (person: Person): Promise<string> => (await nobody.users.register(person)).userUuid;

  /** Logs in, and gives what a gateway would know of the session. */
  const logIn = async (person: Person, address?: string) => {
    const { auth } = address === undefined ? nobody : clientsOf(url, () => undefined, address);
    const { sessionToken, session } = await auth.login(person);
    const { sessionUuid = "", userUuid = "" } = session ?? {};
    const { auth: own, users } = clientsOf(url, () => identity.user(userUuid, sessionUuid));
    return { token: sessionToken, sessionUuid, userUuid, session, auth: own, users };
  };

  /** Whether the gateway would let the token in. */
  const opens = async (token: string): Promise<boolean> => {
    try {
      await gateway.checkSession({ sessionToken: token });
      return true;
    } catch (error) {
      if (reasonOf(error) === "SESSION_INVALID") return false;
      throw error;
    }
  };

  return { nobody, gateway, order, notification, verifier, register, logIn, opens };
}

export const reasonOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "reason" in error ? String(error.reason) : "?";
