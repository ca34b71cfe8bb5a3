import type { Snapshot } from "./snapshot.ts";

/** The invariants of the system, by their numbers in the catalogue of faults. */
export type InvariantId = "I1" | "I2" | "I3" | "I4" | "I6" | "I7" | "I8" | "I12" | "I13";

/** One thing that is not as it must be. */
export interface Violation {
  readonly invariant: InvariantId;
  /** What it is about: an order, a person, an event. */
  readonly subject: string;
  readonly message: string;
}

/** Something that must hold, whatever happened. Pure: the same snapshot gives the same findings. */
export interface Invariant {
  readonly id: InvariantId;
  readonly what: string;
  /** One finding for each thing that is wrong. */
  check(snapshot: Snapshot): readonly Finding[];
}

/** A violation before it knows whose it is. */
export type Finding = Omit<Violation, "invariant">;

export const finding = (subject: string, message: string): Finding => ({ subject, message });
