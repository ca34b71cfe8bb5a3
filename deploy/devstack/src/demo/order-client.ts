import type { paths } from "@gantry/gen/openapi/order/types";
import { IDENTITY_HEADER } from "@gantry/identity";
import createClient, { type Client } from "openapi-fetch";

/**
 * The contract's types with plain arrays: openapi-fetch 0.17 takes a readonly array for an object and loses its methods
 * (`Readable<T>` in openapi-typescript-helpers asks for `(infer E)[]` only).
 */
type WithPlainArrays<T> = T extends readonly (infer E)[]
  ? WithPlainArrays<E>[]
  : T extends object
    ? { [K in keyof T]: WithPlainArrays<T[K]> }
    : T;

/** The order service's API for one user. */
export type OrderClient = Client<WithPlainArrays<paths>>;

/** A client that calls the order service at `baseUrl` with the user's token. */
export function orderClientOf(baseUrl: string, token: string): OrderClient {
  return createClient({ baseUrl: `${baseUrl}/api/v1`, headers: { [IDENTITY_HEADER]: token } });
}
