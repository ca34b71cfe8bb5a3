import type { ConnectRouter } from "@connectrpc/connect";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import type { Clock } from "@gantry/kernel";
import { userOf } from "@gantry/rpc";
import type { ChangePassword } from "../app/change-password.ts";
import type { UserStore } from "../app/ports.ts";
import type { Register } from "../app/register.ts";
import { sessionInvalid, userNotFound } from "../domain/iam-errors.ts";
import { checkedMethods } from "../domain/user.ts";
import { callerNetwork } from "./caller-address.ts";
import { methodsOf, userMessage } from "./iam-rpc.map.ts";

export interface UserUseCases {
  readonly register: Register;
  readonly changePassword: ChangePassword;
  /** What is one statement needs no use case. */
  readonly users: Pick<UserStore, "find" | "setNotificationMethods">;
  readonly clock: Clock;
}

export const userRoutes =
  ({ register, changePassword, users, clock }: UserUseCases) =>
  (router: ConnectRouter): void => {
    router.service(UserService, {
      register: async ({ login, email, password, notificationMethods }, { signal }) => ({
        userUuid: await register.execute(
          { login, email, password, notificationMethods: methodsOf(notificationMethods) },
          signal,
        ),
      }),
      getUser: async ({ userUuid }) => {
        const user = await users.find(userUuid.toLowerCase());
        if (user === undefined) throw userNotFound(userUuid);
        return { user: userMessage(user) };
      },
      changePassword: async ({ currentPassword, newPassword }, context) => {
        const { userUuid, sessionUuid } = userOf(context);
        const address = callerNetwork(context.requestHeader);
        await changePassword.execute({ userUuid, sessionUuid, address, currentPassword, newPassword }, context.signal);
        return {};
      },
      setNotificationMethods: async ({ notificationMethods }, context) => {
        const methods = checkedMethods(methodsOf(notificationMethods));
        const user = await users.setNotificationMethods(userOf(context).userUuid, methods, clock.now());
        if (user === undefined) throw sessionInvalid();
        return { user: userMessage(user) };
      },
    });
  };
