import type { Failpoints } from "@gantry/failpoints";
import type { Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { Arbitration, DecisionStore } from "../app/ports.ts";
import type { Decision, Standing } from "../domain/decision.ts";
import { findDecision, insertDecision, standingDecision } from "./decision-rows.ts";
import type { PaymentTables } from "./payment-tables.ts";

/** The arbiter row: the primary key on the order lets one decision in, and a trigger keeps it. */
export class PostgresDecisionStore implements DecisionStore {
  readonly #postgres: Postgres<PaymentTables>;
  readonly #failpoints: Failpoints;

  constructor(postgres: Postgres<PaymentTables>, failpoints: Failpoints) {
    this.#postgres = postgres;
    this.#failpoints = failpoints;
  }

  async decide(wanted: Decision): Promise<Arbitration> {
    const arbitration = await this.#postgres.transaction(async (trx) => {
      const made = await insertDecision(trx, wanted);
      await this.#failpoints.hit("payment.tx.before_commit");
      if (made !== undefined) return { standing: made, made: true };
      return { standing: await standingDecision(trx, wanted.orderUuid), made: false };
    });
    await this.#failpoints.hit("payment.tx.after_commit");
    return arbitration;
  }

  async find(orderUuid: Uuid): Promise<Standing | undefined> {
    return findDecision(this.#postgres.db, orderUuid);
  }
}
