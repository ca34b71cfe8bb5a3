import { createRandom, type Random } from "./random.ts";

/** What a person does with one order, and how often that happens. */
const weights = {
  /** Pays by card. */
  card: 4,
  /** Pays by card twice at once, with two keys. */
  cardTwice: 2,
  /** Pays by card again after it is paid. */
  cardAgain: 1,
  /** Has the money, pays by wallet. */
  wallet: 4,
  /** Has the money, pays by wallet twice at once. */
  walletTwice: 2,
  /** Pays by wallet and then puts the money in, while payment waits for it. */
  lateFunds: 2,
  /** Pays by wallet without the money. */
  poor: 1,
  /** Has the money, orders and pays in one call. */
  payWith: 2,
  /** Cancels, twice. */
  cancel: 2,
  /** Pays by card and cancels at once. */
  cardAndCancel: 2,
  /** Pays by wallet and cancels at once. */
  walletAndCancel: 2,
  /** Never pays. */
  abandon: 1,
  /** Pays when it is too late. */
  tooLate: 1,
} as const;

export type StoryKind = keyof typeof weights;

export const storyKinds: readonly StoryKind[] = Object.freeze(Object.keys(weights)) as readonly StoryKind[];

/** One order from its creation to its end, as a person means it to go. */
export interface Story {
  readonly kind: StoryKind;
  /** Which person, counted from 0. Those without money are persons of their own. */
  readonly person: number;
  /** Which parts of the catalogue, counted from 0, and how many. */
  readonly items: readonly { readonly part: number; readonly quantity: number }[];
  /** Milliseconds of thought where the story has a pause. */
  readonly pauseMs: number;
  /** Whether the client sends each request a second time although it was answered. */
  readonly repeats: boolean;
}

/** How large a workload is. */
export interface PlanOptions {
  readonly seed: string;
  readonly orders: number;
  /** People who share the orders, besides those without money. */
  readonly people: number;
  /** Parts to choose from. */
  readonly parts: number;
  /** Only these kinds. Default: all. */
  readonly kinds?: readonly StoryKind[];
}

const MAX_PARTS_OF_AN_ORDER = 5;

/** The same plan for the same options, whatever the system does. Every kind is there when there are enough orders. */
export function plan(options: PlanOptions): readonly Story[] {
  const { seed, orders, people, kinds = storyKinds } = options;
  const random = createRandom(seed);
  const deck = kinds.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind));
  return Array.from({ length: orders }, (_, index): Story => {
    const kind = kinds[index] ?? random.pick(deck);
    return {
      kind,
      person: kind === "poor" ? people + index : random.int(0, people - 1),
      items: someItems(random, options.parts),
      pauseMs: random.int(0, 40),
      repeats: random.next() < 0.15,
    };
  });
}

function someItems(random: Random, parts: number): Story["items"] {
  const count = random.int(1, Math.min(MAX_PARTS_OF_AN_ORDER, parts));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.int(0, parts - 1));
  return [...chosen].map((part) => ({ part, quantity: random.int(1, 2) }));
}
