import { randomUUID } from "node:crypto";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AuthService } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import type { NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";

/** Who registers, and as whom they log in. */
export interface Registration {
  readonly login: string;
  readonly email: string;
  readonly password: string;
  /** How they want to be told of news. */
  readonly notificationMethods: readonly { readonly provider: NotificationProvider; readonly contact: string }[];
}

/** Somebody who uses the system through its gateway, logged in. */
export interface Customer extends Registration {
  readonly userUuid: string;
  readonly sessionUuid: string;
  /** What every request of theirs carries: the session as a bearer token. */
  readonly headers: { readonly authorization: string };
}

/** A name, an address and a password that nobody has. */
export function newRegistration(wishes: Partial<Registration> = {}): Registration {
  const login = `customer-${randomUUID()}`;
  return { login, email: `${login}@example.org`, password: randomUUID(), notificationMethods: [], ...wishes };
}

/**
 * Registers somebody new and logs them in, as people do.
 * @param gateway its base URL
 * @throws ConnectError as the contract says: taken login, too many, no answer
 */
export async function newCustomer(gateway: string, wishes: Partial<Registration> = {}): Promise<Customer> {
  const registration = newRegistration(wishes);
  await register(gateway, registration);
  return await logIn(gateway, registration);
}

/** Makes a person of a registration. Resolves to their user uuid. */
export async function register(gateway: string, registration: Registration): Promise<string> {
  const users = createClient(UserService, transportTo(gateway));
  const { userUuid } = await users.register({
    ...registration,
    notificationMethods: [...registration.notificationMethods],
  });
  return userUuid;
}

/** Logs in who has registered. Each log-in is a session of its own. */
export async function logIn(gateway: string, registration: Registration): Promise<Customer> {
  const { login, password } = registration;
  const auth = createClient(AuthService, transportTo(gateway));
  const { sessionToken, session } = await auth.login({ login, password });
  const { userUuid = "", sessionUuid = "" } = session ?? {};
  return { ...registration, userUuid, sessionUuid, headers: { authorization: `Bearer ${sessionToken}` } };
}

/** Connect to the gateway, as `npm run demo` and the tests of the whole system speak it. */
export const transportTo = (gateway: string): Transport =>
  createConnectTransport({ baseUrl: gateway, httpVersion: "1.1" });
