/** What failed log-ins are counted for: a person, an address, and a person as seen from one address. */
export const throttleScopes = ["ACCOUNT", "ADDRESS", "PAIR"] as const;
export type ThrottleScope = (typeof throttleScopes)[number];

/** How failures are counted and what they cost. */
export interface Budget {
  /** So many cost nothing. */
  readonly free: number;
  /** One is forgotten each time this much has passed. */
  readonly forgetMs: number;
  /** More are not counted. */
  readonly max: number;
}

/** The wait after the first failure too many; each further one doubles it. */
interface Delay {
  readonly firstMs: number;
  readonly maxMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Why these numbers: platform/decisions/092. */
export const budgets: Readonly<Record<ThrottleScope, Budget>> = {
  ACCOUNT: { free: 50, forgetMs: 2 * MINUTE, max: 200 },
  ADDRESS: { free: 60, forgetMs: 10 * SECOND, max: 90 },
  PAIR: { free: 5, forgetMs: 15 * MINUTE, max: 20 },
};

const addressDelay: Delay = { firstMs: SECOND, maxMs: MINUTE };
const pairDelay: Delay = { firstMs: SECOND, maxMs: 15 * MINUTE };
/** For an account that is guessed at from everywhere: each address gets one try, and then waits long. */
const attackedPair: Budget = { ...budgets.PAIR, free: 1 };
const attackedPairDelay: Delay = { firstMs: MINUTE, maxMs: 15 * MINUTE };

/** The failures of one key. A key without any has none. */
export interface Failures {
  readonly scope: ThrottleScope;
  /** When the last of them is forgotten. */
  readonly emptyAt: Date;
  /** The last failure, or the last try that was let through after a wait. */
  readonly lastAt: Date;
}

/** Whether a try may go on. */
export interface Verdict {
  /** How long it has to wait yet; 0 lets it through. */
  readonly waitMs: number;
  /** Those in which the waits are over: one try may go through, and then the wait begins anew. */
  readonly claims: readonly ThrottleScope[];
}

/** What the failures so far mean for a try. The account alone never stops anybody: it only makes the other waits longer. */
export function judge(failures: readonly Failures[], now: Date): Verdict {
  const of = (scope: ThrottleScope) => failures.find((each) => each.scope === scope);
  const attacked = remembered(of("ACCOUNT"), budgets.ACCOUNT, now) >= budgets.ACCOUNT.free;
  const waits = [
    waitOf(of("ADDRESS"), budgets.ADDRESS, addressDelay, now),
    attacked
      ? waitOf(of("PAIR"), attackedPair, attackedPairDelay, now)
      : waitOf(of("PAIR"), budgets.PAIR, pairDelay, now),
  ].flatMap((wait) => wait ?? []);
  return {
    waitMs: Math.max(0, ...waits.map(({ ms }) => ms)),
    claims: waits.map(({ scope }) => scope),
  };
}

function waitOf(failures: Failures | undefined, budget: Budget, delay: Delay, now: Date) {
  if (failures === undefined) return undefined;
  const over = remembered(failures, budget, now) - budget.free;
  if (over < 0) return undefined;
  const delayMs = Math.min(delay.maxMs, delay.firstMs * 2 ** over);
  return { scope: failures.scope, ms: failures.lastAt.getTime() + delayMs - now.getTime() };
}

/** How many failures are not forgotten yet, a part of one counted as one. */
function remembered(failures: Failures | undefined, { forgetMs }: Budget, now: Date): number {
  if (failures === undefined) return 0;
  return Math.max(0, Math.ceil((failures.emptyAt.getTime() - now.getTime()) / forgetMs));
}
