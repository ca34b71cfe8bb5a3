import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type AccountSchema,
  EntryKind,
  type EntrySchema,
  type TopUpRequest,
  type TopUpResponseSchema,
} from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { AppError, type Money, money } from "@gantry/kernel";
import type { Account, Entry } from "../domain/account.ts";

const kindNumbers = {
  TOP_UP: EntryKind.TOP_UP,
  PAYMENT: EntryKind.PAYMENT,
} as const satisfies Record<Entry["kind"], EntryKind>;

/** @throws AppError `invalid_argument` for what validation of the contract lets no caller send */
export function amountOf({ amount }: TopUpRequest): Money {
  if (amount === undefined) throw amountMissing();
  return money(amount.minor, amount.currency);
}

/** @param currency what an account without entries is shown in */
export const accountMessage = (
  { userUuid, balance, version }: Account,
  currency: string,
): MessageInitShape<typeof AccountSchema> => ({ userUuid, balance: balance ?? { minor: 0n, currency }, version });

export const entryMessage = (entry: Entry): MessageInitShape<typeof EntrySchema> => ({
  entryUuid: entry.entryUuid,
  kind: kindNumbers[entry.kind],
  amount: entry.amount,
  balance: entry.balance,
  orderUuid: entry.orderUuid ?? "",
  version: entry.version,
  createdAt: timestampFromDate(entry.createdAt),
});

/** The account as the entry left it, so that a repeat answers the same. */
export const topUpAnswer = (entry: Entry): MessageInitShape<typeof TopUpResponseSchema> => {
  const { userUuid, balance, version } = entry;
  return { account: { userUuid, balance, version }, entry: entryMessage(entry) };
};

const amountMissing = (): AppError =>
  new AppError({ kind: "invalid_argument", reason: "AMOUNT_MISSING", message: "A top-up has an amount." });
