import type { Transport } from "@connectrpc/connect";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { type GetUserResponse, UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { createIdentityVerifier } from "@gantry/identity";
import { AppError } from "@gantry/kernel";
import { createLocalRpcTransport, principalOf } from "@gantry/rpc";
import { silentLogger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";

const identity = testIdentity(["notification", "order"]);
export const { TELEGRAM } = NotificationProvider;
export const mail = { provider: NotificationProvider.EMAIL, contact: "ada@example.org" };
const now = { seconds: 1_793_613_600n, nanos: 0 };

/** The ways to reach a person; throws what IAM would. */
export type Answer = () => readonly { readonly provider: NotificationProvider; readonly contact: string }[];

/** IAM behind its real rules; `people` says what it knows of whom. */
export function iamWith(people: Map<string, Answer>, caller = "notification"): { iam: Transport; callers: unknown[] } {
  const callers: unknown[] = [];
  const getUser = ({ userUuid }: { userUuid: string }, context: Parameters<typeof principalOf>[0]): GetUserResponse => {
    callers.push(principalOf(context));
    const methods = people.get(userUuid);
    if (methods === undefined)
      throw new AppError({ kind: "not_found", reason: "USER_NOT_FOUND", message: "There is no such person." });
    const user = { userUuid, login: "ada", email: mail.contact, createdAt: now, updatedAt: now };
    return { user: { ...user, notificationMethods: [...methods()] } } as GetUserResponse;
  };
  const iam = createLocalRpcTransport({
    service: "iam",
    routes: (router) => router.service(UserService, { getUser }),
    policies: rpcPolicies,
    verifier: createIdentityVerifier({ service: "iam", jwks: identity.jwks }),
    identity: () => identity.service(caller, "iam"),
    logger: silentLogger,
  });
  return { iam, callers };
}
