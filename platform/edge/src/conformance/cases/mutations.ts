import { expect } from "vitest";
import { ask } from "../client/ask.ts";
import { exchange, statusesIn } from "../client/raw.ts";
import { givenSeed } from "../config.ts";
import { mutate } from "../fixture/mutations.ts";
import type { Person } from "../fixture/people.ts";
import { Random } from "../fixture/random.ts";
import type { Lab } from "../lab.ts";
import type { Case } from "../rig.ts";
import type { Suite } from "../suite.ts";

/** A gateway that has not said anything by then waits for more, in milliseconds. */
const FIRST_MS = 2_000;

const COUNT = 1_000;
const AT_ONCE = 20;
/** The same each time, so that a red run says something about what changed. Other seeds: `GANTRY_GATEWAY_SEED`. */
const SEED = 20_261_121;

/** A thousand requests that nobody thought of. */
export function mutations(suite: Suite): void {
  const seed = givenSeed() ?? SEED;
  suite.group("mutated requests", { lock: true }, (lab, check) => {
    check(
      "mutations",
      `${COUNT} mutated paths and headers reach nothing that they may not (seed ${seed})`,
      async () => {
        const person = lab().people.person();
        const statuses: number[] = [];
        const requests = await mutated(lab(), person, new Random(seed));
        const run = async (): Promise<void> => {
          for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
            statuses.push(await tryOut(lab(), next, seed));
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, run));
        // Neither a gateway that lets everything through nor one that refuses everything would be tested by this.
        const served = statuses.filter((status) => status === 200).length;
        expect(served).toBeGreaterThan(COUNT / 20);
        expect(served).toBeLessThan(COUNT / 2);
        const after = await ask(lab().url, { target: "/conformance/items", fields: lab().newCase(person).fields });
        expect(after.status).toBe(200);
      },
    );
  });
}

interface Mutated {
  readonly mine: Case;
  readonly text: string;
}

async function mutated(lab: Lab, person: Person, random: Random): Promise<Mutated[]> {
  const forged = await lab.people.identityOf(lab.people.person());
  return Array.from({ length: COUNT }, () => {
    const session = random.pick(["none", "good", "good", "bad"] as const);
    const mine = lab.newCase(session === "good" ? person : undefined);
    return { mine, text: mutate(random, { session, token: person.token, forged, caseId: mine.id }) };
  });
}

/** @throws Error naming request and seed when something reached a service that should not have */
async function tryOut(lab: Lab, { mine, text }: Mutated, seed: number): Promise<number> {
  const [status = 0] = statusesIn(await exchange(lab.url, text, { firstMs: FIRST_MS, one: true }));
  const wrongs = await lab.wrongs();
  if (mine.arrivals().length > 1) wrongs.push("two arrivals of one request");
  if (wrongs.length > 0) throw new Error(`${wrongs.join("; ")} (seed ${seed}): ${JSON.stringify(text)}`);
  return status;
}
