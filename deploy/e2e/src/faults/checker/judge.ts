import { noLoss } from "./invariants/i1-no-loss.ts";
import { noGhosts } from "./invariants/i2-no-ghosts.ts";
import { inOrder } from "./invariants/i3-order.ts";
import { money } from "./invariants/i4-money.ts";
import { wallet } from "./invariants/i4-wallet.ts";
import { liveness } from "./invariants/i6-liveness.ts";
import { assembledOnce } from "./invariants/i7-assembly.ts";
import { told } from "./invariants/i8-notices.ts";
import { recovery } from "./invariants/i12-recovery.ts";
import { answers } from "./invariants/i13-answers.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Invariant, Violation } from "./violation.ts";

const invariants: readonly Invariant[] = [
  noLoss,
  noGhosts,
  inOrder,
  money,
  wallet,
  liveness,
  assembledOnce,
  told,
  recovery,
  answers,
];

/** Everything that is wrong in a snapshot, of all invariants. */
export const judge = (snapshot: Snapshot): readonly Violation[] =>
  invariants.flatMap(({ id, check }) => check(snapshot).map((found) => ({ invariant: id, ...found })));
