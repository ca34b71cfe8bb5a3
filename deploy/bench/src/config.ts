import type { IdentityJwks } from "@gantry/identity";

/** What child processes inherit. */
export const inherited: Readonly<Record<string, string | undefined>> = process.env;

/** The keys that a server under load believes, given by the benchmark that starts it. */
export const identityJwks = (): IdentityJwks => JSON.parse(inherited.IDENTITY_JWKS ?? '{"keys":[]}');

/** The database of a server under load. */
export const postgresUrl = (): string => inherited.BENCH_POSTGRES_URL ?? "";

/** Of a gateway under load: what stands behind it, and its own identity for IAM. */
export const gatewayPlaces = () => ({
  upstreamUrl: inherited.BENCH_UPSTREAM_URL ?? "",
  iamUrl: inherited.BENCH_IAM_URL ?? "",
  iamToken: inherited.BENCH_IAM_TOKEN ?? "",
});

/** Whom an IAM that believes everybody finds behind each session. */
export const believed = () => ({
  identity: inherited.BENCH_IDENTITY ?? "",
  userUuid: inherited.BENCH_USER_UUID ?? "",
});
