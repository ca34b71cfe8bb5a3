import type { Logger } from "@gantry/telemetry";
import type { Consumption, Subscription } from "../port/broker.ts";
import { Anchor } from "./anchor.ts";
import { bury, holdings, LEASE_MS } from "./group-store.ts";
import type { LogDatabase } from "./log-database.ts";
import { LogMember } from "./log-member.ts";
import { createLoop, type Loop } from "./loop.ts";
import { GROUPS_CHANGED, grownTopics } from "./notifier.ts";
import type { TopicCatalog } from "./topic-catalog.ts";

/** How often a process shows that it lives and looks for those that do not. A death is noticed after half of it on average. */
const ROUND_MS = 250;
const COMPLAIN_EVERY_MS = 10_000;

/** What a membership needs. */
export interface MembershipOptions {
  readonly url: string;
  readonly clientId: string;
  readonly database: LogDatabase;
  readonly catalog: TopicCatalog;
  readonly logger: Logger;
}

/** All memberships of this process, under one session. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #members = new Set<LogMember>();
  /** Those that could not tell the database that they left. */
  readonly #departed = new Set<LogMember>();
  readonly #anchor: Anchor;
  readonly #loop: Loop;
  #started = false;
  #lastBeat = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#loop = createLoop(ROUND_MS, () => this.#round());
    this.#anchor = new Anchor({
      ...options,
      onNotify: (payload) => this.#notified(payload),
      onLost: () => this.#loop.wake(),
    });
  }

  /** Joins with the next round, which is now. */
  add(subscription: Subscription): Consumption {
    const { database, catalog, logger } = this.#options;
    const onChange = (): void => this.#loop.wake();
    const member = new LogMember({ database, catalog, subscription, logger, onChange });
    this.#members.add(member);
    if (!this.#started) this.#loop.start();
    this.#started = true;
    this.#loop.wake();
    let stopped: Promise<void> | undefined;
    return {
      stop: () => {
        stopped ??= this.#remove(member);
        return stopped;
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#members].map((member) => this.#remove(member)));
    if (this.#started) await this.#loop.stop();
    await this.#anchor.close();
  }

  async #remove(member: LogMember): Promise<void> {
    await member.finish();
    this.#members.delete(member);
    this.#departed.add(member);
    await this.#sayGoodbye(member).catch((error: unknown) =>
      this.#options.logger.warn({ err: error }, "a member could not leave its group now; trying again"),
    );
  }

  async #sayGoodbye(member: LogMember): Promise<void> {
    await member.leave();
    this.#departed.delete(member);
  }

  async #round(): Promise<boolean> {
    if (this.#members.size + this.#departed.size === 0) return false;
    try {
      await this.#beat();
      await this.#follow();
    } catch (error) {
      this.#complain(error, "the event log does not answer; trying again");
    }
    // Nobody knows then whether others have taken over.
    if (performance.now() - this.#lastBeat > LEASE_MS) for (const member of this.#members) member.drop();
    return false;
  }

  async #beat(): Promise<void> {
    const postgres = await this.#options.database.ready();
    const { session, fresh, dead } = await this.#anchor.beat();
    this.#lastBeat = performance.now();
    if (fresh) for (const member of [...this.#members, ...this.#departed]) member.evicted();
    if (dead.length > 0 && (await bury(postgres, dead))) {
      this.#options.logger.info({ sessions: dead }, "members of groups died; others have their partitions");
    }
    for (const member of this.#departed) await this.#sayGoodbye(member);
    for (const member of this.#members) await this.#join(member, session);
  }

  /** One that cannot join, for its topic is not there, must not keep the others out. */
  async #join(member: LogMember, session: number): Promise<void> {
    await member
      .join(session)
      .catch((error: unknown) => this.#complain(error, "a member could not join its group; trying again"));
  }

  /** Rounds are many, and an outage is one. */
  #complain(error: unknown, message: string): void {
    if (performance.now() - this.#complainedAt < COMPLAIN_EVERY_MS) return;
    this.#complainedAt = performance.now();
    this.#options.logger.warn({ err: error }, message);
  }

  async #follow(): Promise<void> {
    const { db } = await this.#options.database.ready();
    const members = [...this.#members];
    const held = Map.groupBy(
      await holdings(
        db,
        members.map(({ id }) => id),
      ),
      ({ owner }) => owner,
    );
    for (const member of members) await member.reconcile(held.get(member.id) ?? []);
  }

  #notified(payload: string): void {
    if (payload === GROUPS_CHANGED) this.#loop.wake();
    else for (const { reader } of this.#members) reader.grown(grownTopics(payload));
  }
}
