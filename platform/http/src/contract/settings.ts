import type { IdentityVerifier } from "@gantry/identity";
import type { Logger } from "@gantry/telemetry";
import type { RunInScope } from "./call.ts";

/**
 * What happens to an answer that is not what its contract says.
 * - `strict`: a constant 500. For development and tests, where it should hurt.
 * - `report`: it is counted, logged and sent all the same, unless it may give away what it should not or cannot be sent: an
 *   undeclared status, an undeclared member or header, a body that is no JSON. Those are a constant 500 here too.
 */
export type AnswerMode = "strict" | "report";

/** What the operations of a contract are served with. */
export interface ServeSettings {
  readonly logger: Logger;
  readonly verifier: IdentityVerifier;
  readonly answers: AnswerMode;
  readonly maxBodyBytes: number;
  readonly rateLimits: boolean;
  readonly inScope?: RunInScope;
}
