import type { IdentityJwks } from "@gantry/identity";

/** What child processes inherit. */
export const inherited: Readonly<Record<string, string | undefined>> = process.env;

/** The keys that a server under load believes, given by the benchmark that starts it. */
export const identityJwks = (): IdentityJwks => JSON.parse(inherited.IDENTITY_JWKS ?? '{"keys":[]}');

/** The database of a server under load. */
export const postgresUrl = (): string => inherited.BENCH_POSTGRES_URL ?? "";
