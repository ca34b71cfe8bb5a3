import { AppError, type Uuid } from "@gantry/kernel";

/** The one answer to a wrong login and a wrong password. */
export const credentialsInvalid = (): AppError =>
  new AppError({
    kind: "unauthenticated",
    reason: "CREDENTIALS_INVALID",
    message: "The login or the password is wrong.",
  });

/** The one answer to a token or a session that is unknown, malformed or over. */
export const sessionInvalid = (): AppError =>
  new AppError({
    kind: "unauthenticated",
    reason: "SESSION_INVALID",
    message: "The session is not valid. Log in again.",
  });

export const loginTaken = (): AppError =>
  new AppError({ kind: "already_exists", reason: "LOGIN_TAKEN", message: "Somebody else has this login." });

export const userNotFound = (userUuid: Uuid): AppError =>
  new AppError({ kind: "not_found", reason: "USER_NOT_FOUND", message: `There is no user ${userUuid}.` });

export const rateLimited = (retryAfterMs: number): AppError => {
  const retryAfterSec = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new AppError({
    kind: "rate_limited",
    reason: "RATE_LIMITED",
    message: `Too many tries. Try again in ${retryAfterSec} s.`,
    retryAfterSec,
  });
};

export const passwordMovedOn = (): AppError =>
  new AppError({
    kind: "conflict",
    reason: "CONCURRENT_UPDATE",
    message: "The password or the sessions of this user changed at the same time. Try again.",
  });
