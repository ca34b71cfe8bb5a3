import type { Operation } from "./operation.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { ServeSettings } from "./settings.ts";

/** One operation and everything it is served with; made once. */
export interface Served {
  readonly service: string;
  readonly operation: Operation;
  readonly settings: ServeSettings;
  /** Absent where nothing limits the operation here. */
  readonly limiter: RateLimiter | undefined;
}
