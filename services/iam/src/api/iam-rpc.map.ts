import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type NotificationMethod as MethodMessage,
  NotificationProvider as ProviderNumber,
  type SessionSchema,
  type UserSchema,
} from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { AppError } from "@gantry/kernel";
import type { StoredSession } from "../app/session-store.ts";
import type { NotificationMethod, NotificationProvider, User } from "../domain/user.ts";

const providerNumbers = {
  TELEGRAM: ProviderNumber.TELEGRAM,
  EMAIL: ProviderNumber.EMAIL,
} as const satisfies Record<NotificationProvider, ProviderNumber>;

const providers: Readonly<Record<ProviderNumber, NotificationProvider | undefined>> = {
  [ProviderNumber.UNSPECIFIED]: undefined,
  [ProviderNumber.TELEGRAM]: "TELEGRAM",
  [ProviderNumber.EMAIL]: "EMAIL",
};

export const userMessage = (user: User): MessageInitShape<typeof UserSchema> => ({
  userUuid: user.userUuid,
  login: user.login,
  email: user.email,
  notificationMethods: user.notificationMethods.map(({ provider, contact }) => ({
    provider: providerNumbers[provider],
    contact,
  })),
  createdAt: timestampFromDate(user.createdAt),
  updatedAt: timestampFromDate(user.updatedAt),
});

export const sessionMessage = (session: StoredSession): MessageInitShape<typeof SessionSchema> => ({
  sessionUuid: session.sessionUuid,
  userUuid: session.userUuid,
  createdAt: timestampFromDate(session.createdAt),
  expiresAt: timestampFromDate(session.expiresAt),
});

export const methodsOf = (messages: readonly MethodMessage[]): readonly NotificationMethod[] =>
  messages.map(({ provider, contact }) => ({ provider: providers[provider] ?? unknownProvider(provider), contact }));

/** Validation has refused it before. */
const unknownProvider = (provider: number): never => {
  throw new AppError({
    kind: "invalid_argument",
    reason: "PROVIDER_UNKNOWN",
    message: `There is no notification provider ${provider}.`,
  });
};
