import { groupBy, sum } from "../group.ts";
import type { AccountRow, EntryRow, PaymentRow, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** A wallet is the sum of its entries, never below zero, and is debited once for each payment from it. */
export const wallet: Invariant = {
  id: "I4",
  what: "a wallet's balance is the sum of its entries and never below zero; one debit for each payment by wallet",
  check: (snapshot) => [...wrongBalances(snapshot), ...brokenChains(snapshot), ...wrongDebits(snapshot)],
};

function wrongBalances({ accounts, entries }: Snapshot): readonly Finding[] {
  const movements = groupBy(entries, ({ userUuid }) => userUuid);
  const known = new Map(accounts.map((account) => [account.userUuid, account]));
  return [...new Set([...movements.keys(), ...known.keys()])].flatMap((userUuid) =>
    balanceOf(known.get(userUuid), movements.get(userUuid) ?? []).map((why) => finding(userUuid, why)),
  );
}

function balanceOf(account: AccountRow | undefined, movements: readonly EntryRow[]): readonly string[] {
  const total = sum(movements.map(({ deltaMinor }) => deltaMinor));
  if (account === undefined) return ["has entries and no account"];
  const { balanceMinor } = account;
  return [
    ...(balanceMinor === total ? [] : [`has ${balanceMinor}, and its entries add up to ${total}`]),
    ...(balanceMinor < 0 ? [`has ${balanceMinor}, below zero`] : []),
  ];
}

/** Each entry counts on from the one before it. */
function brokenChains({ entries }: Snapshot): readonly Finding[] {
  return [...groupBy(entries, ({ userUuid }) => userUuid)].flatMap(([userUuid, movements]) => {
    let balance = 0;
    return movements
      .toSorted((a, b) => a.version - b.version)
      .flatMap(({ version, deltaMinor, balanceMinor }, index) => {
        balance += deltaMinor;
        const right = version === index + 1 && balanceMinor === balance && balanceMinor >= 0;
        return right ? [] : [finding(userUuid, `entry ${version} leaves ${balanceMinor}, not ${balance}`)];
      });
  });
}

function wrongDebits({ entries, payments }: Snapshot): readonly Finding[] {
  const debits = groupBy(
    entries.filter(({ orderUuid }) => orderUuid !== undefined),
    ({ orderUuid }) => orderUuid ?? "",
  );
  const byWallet = new Map(
    payments
      .filter(({ decision, paymentMethod }) => decision === "PAY" && paymentMethod === "WALLET")
      .map((payment) => [payment.orderUuid, payment]),
  );
  return [...new Set([...debits.keys(), ...byWallet.keys()])].flatMap((orderUuid) => {
    const why = debitOf(byWallet.get(orderUuid), debits.get(orderUuid) ?? []);
    return why === undefined ? [] : [finding(orderUuid, why)];
  });
}

function debitOf(payment: PaymentRow | undefined, debits: readonly EntryRow[]): string | undefined {
  const [debit, ...more] = debits;
  if (more.length > 0) return `was debited ${more.length + 1} times`;
  if (payment === undefined) return "was debited without a payment by wallet";
  if (debit === undefined) return "was paid by wallet without a debit";
  if (debit.deltaMinor !== -(payment.amountMinor ?? 0))
    return `was paid with ${payment.amountMinor} and debited with ${-debit.deltaMinor}`;
  if (debit.userUuid !== payment.userUuid) return `was paid by ${payment.userUuid} from ${debit.userUuid}'s wallet`;
  return debit.entryUuid === payment.transactionUuid
    ? undefined
    : `was paid by ${payment.transactionUuid} and debited by ${debit.entryUuid}`;
}
