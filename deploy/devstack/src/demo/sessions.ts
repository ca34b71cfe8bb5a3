import { createClient } from "@connectrpc/connect";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { AuthService } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { type Customer, logIn, newRegistration, type Registration, register, transportTo } from "../customer.ts";
import { expectEqual, finding } from "./orders.ts";
import type { Finding } from "./report.ts";

/** A chat to be told in. No bot of yours can write to it; without a bot, messages go to the log. */
const chat = { provider: NotificationProvider.TELEGRAM, contact: "4242" };

/** Registers somebody new. */
export async function enrol(gateway: string): Promise<Finding<Registration>> {
  const registration = newRegistration({ notificationMethods: [chat] });
  const userUuid = await register(gateway, registration);
  return finding(registration, `${registration.login}, ${userUuid}`);
}

export async function begin(gateway: string, registration: Registration): Promise<Finding<Customer>> {
  const customer = await logIn(gateway, registration);
  return finding(customer, `session ${customer.sessionUuid}`);
}

export async function end(gateway: string, { headers }: Customer): Promise<Finding<void>> {
  await createClient(AuthService, transportTo(gateway)).logout({}, { headers });
  return finding(undefined, "");
}

/** That the gateway lets a request with these headers to nobody's orders, and for which reason. */
export async function refused(
  gateway: string,
  headers: Readonly<Record<string, string>>,
  reason: string,
): Promise<Finding<void>> {
  const { response, error } = await createOrderClient({ baseUrl: gateway, headers }).GET("/orders");
  expectEqual("HTTP status", String(response.status), ["401"]);
  expectEqual("code", error?.code ?? "", [reason]);
  return finding(undefined, error?.message ?? "");
}
