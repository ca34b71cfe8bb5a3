import type { Interceptor } from "@connectrpc/connect";
import { IDENTITY_HEADER } from "@gantry/identity";

/** Where the identity of a call comes from; undefined makes the call without one. */
export type IdentitySource = () => Promise<string | undefined> | string | undefined;

/** Sends an identity with each try, unless the call names its own in the header `x-gantry-identity`. */
export const clientIdentity =
  (source: IdentitySource): Interceptor =>
  (next) =>
  async (req) => {
    const sent = ownIdentity(req.header) ?? (await source());
    if (sent !== undefined) req.header.set(IDENTITY_HEADER, sent);
    return next(req);
  };

const ownIdentity = (header: Headers): string | undefined => header.get(IDENTITY_HEADER) ?? undefined;
