export { type EventuallyOptions, eventually } from "./eventually.ts";
export { type ForgedIdentity, forgedIdentities } from "./forged-identities.ts";
export { freePort, isPortFree } from "./free-port.ts";
export { type GuardOptions, guard, guardFolder, startGuard } from "./guard.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "./postgres/embedded-postgres.ts";
export { processStart } from "./process-start.ts";
export { type SelfSigned, selfSigned } from "./self-signed.ts";
export type { TelegramAttempt, TelegramDelivery } from "./telegram/chats.ts";
export { type FakeTelegram, type FakeTelegramOptions, startFakeTelegram } from "./telegram/fake-telegram.ts";
export type { TelegramFault, TelegramFaultKind } from "./telegram/faults.ts";
export { type TempDir, tempDir } from "./temp-dir.ts";
export { type TestDatabase, testDatabase } from "./test-database.ts";
export { type TestIdentity, testIdentity } from "./test-identity.ts";
