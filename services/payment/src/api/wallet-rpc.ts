import type { ConnectRouter } from "@connectrpc/connect";
import { type ListEntriesRequest, WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { type CursorKeys, decodeCursor, encodeCursor, type Uuid } from "@gantry/kernel";
import { userOf } from "@gantry/rpc";
import type { WalletStore } from "../app/ports.ts";
import type { TopUp } from "../app/top-up.ts";
import { accountMessage, amountOf, entryMessage, topUpAnswer } from "./wallet-rpc.map.ts";

const DEFAULT_PAGE_SIZE = 20;

export interface WalletUseCases {
  readonly topUp: TopUp;
  /** Reads need no use case. */
  readonly wallets: Pick<WalletStore, "account" | "entries">;
  /** What an account without entries is shown in. */
  readonly currency: string;
}

/** Whose wallet it is, the caller's identity says: no request names a person. */
export const walletRoutes =
  ({ topUp, wallets, currency }: WalletUseCases) =>
  (router: ConnectRouter): void => {
    router.service(WalletService, {
      getAccount: async (_request, context) => ({
        account: accountMessage(await wallets.account(userOf(context).userUuid), currency),
      }),
      topUp: async (request, context) =>
        topUpAnswer(await topUp.execute(userOf(context).userUuid, amountOf(request), request.idempotencyKey)),
      listEntries: (request, context) => listEntries(wallets, userOf(context).userUuid, request),
    });
  };

async function listEntries(wallets: WalletUseCases["wallets"], userUuid: Uuid, { page }: ListEntriesRequest) {
  const { pageSize = 0, pageToken = "" } = page ?? {};
  const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
  const before = pageToken === "" ? undefined : decodeCursor(pageToken, isPosition)[0];
  const found = await wallets.entries(userUuid, { before, limit: size + 1 });
  const entries = found.slice(0, size);
  const last = entries.at(-1);
  const nextPageToken = found.length > size && last !== undefined ? encodeCursor([last.version]) : "";
  return { entries: entries.map(entryMessage), page: { nextPageToken } };
}

/** The largest version that there can be. */
const MAX_VERSION = 2 ** 31 - 1;

const isPosition = (keys: CursorKeys): keys is readonly [version: number] =>
  keys.length === 1 &&
  typeof keys[0] === "number" &&
  Number.isInteger(keys[0]) &&
  keys[0] >= 1 &&
  keys[0] <= MAX_VERSION;
