import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { AuthService } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { userOf } from "@gantry/rpc";
import type { CheckedSession, CheckSession } from "../app/check-session.ts";
import type { LiveSessions } from "../app/live-sessions.ts";
import type { LogIn } from "../app/log-in.ts";
import type { LogOut } from "../app/log-out.ts";
import type { LogOutEverywhere } from "../app/log-out-everywhere.ts";
import type { WhoAmI } from "../app/who-am-i.ts";
import { callerNetwork } from "./caller-address.ts";
import { sessionMessage, userMessage } from "./iam-rpc.map.ts";

/** For gateways that read no bodies. */
const USER_HEADER = "x-gantry-user";

export interface AuthUseCases {
  readonly logIn: LogIn;
  readonly logOut: LogOut;
  readonly logOutEverywhere: LogOutEverywhere;
  readonly whoAmI: WhoAmI;
  readonly checkSession: CheckSession;
  readonly live: LiveSessions;
}

export const authRoutes =
  ({ logIn, logOut, logOutEverywhere, whoAmI, checkSession, live }: AuthUseCases) =>
  (router: ConnectRouter): void => {
    router.service(AuthService, {
      login: async ({ login, password }, { requestHeader, signal }) => {
        const attempt = { login, address: callerNetwork(requestHeader) };
        const { session, token } = await logIn.execute(attempt, password, signal);
        return { sessionToken: token, session: sessionMessage(session) };
      },
      logout: async (_request, context) => {
        await logOut.execute(userOf(context).sessionUuid);
        return {};
      },
      logoutEverywhere: async (_request, context) => ({
        ended: await logOutEverywhere.execute(userOf(context).userUuid),
      }),
      whoami: async (_request, context) => {
        const { userUuid, sessionUuid } = userOf(context);
        const { user, session } = await whoAmI.execute(userUuid, sessionUuid);
        return { user: userMessage(user), session: sessionMessage(session) };
      },
      checkSession: async ({ sessionToken }, context) =>
        checkedAnswer(await checkSession.execute(sessionToken), context),
      listLiveSessions: async ({ sessionUuids }) => {
        const sessions = await live.find(sessionUuids.map((uuid) => uuid.toLowerCase()));
        return { sessionUuids: sessions.map(({ sessionUuid }) => sessionUuid) };
      },
    });
  };

function checkedAnswer({ userUuid, identity }: CheckedSession, { responseHeader }: HandlerContext) {
  responseHeader.set(IDENTITY_HEADER, identity.token);
  responseHeader.set(USER_HEADER, userUuid);
  return { identity: identity.token, userUuid, expiresAt: timestampFromDate(identity.expiresAt) };
}
