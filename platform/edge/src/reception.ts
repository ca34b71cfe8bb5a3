import type { Route } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { recordVisit } from "./access-log.ts";
import { type AdmissionParts, admit, findRoute, readTarget } from "./admission/admission.ts";
import type { Caller } from "./caller/caller.ts";
import { onward } from "./forward/onward.ts";
import { Passage } from "./forward/passage.ts";
import { Visit } from "./forward/visit.ts";
import type { OwnEndpoints } from "./own-endpoints.ts";
import { refusal } from "./refusal/refusal.ts";
import type { Upstream } from "./upstream/upstream.ts";

export interface ReceptionParts extends AdmissionParts {
  readonly own: OwnEndpoints;
  /** The services by name. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** What clients speak. */
  readonly scheme: "http" | "https";
  readonly logger: Logger;
}

/** Takes requests, and leads each to its service or tells it why not. */
export class Reception {
  readonly #parts: ReceptionParts;
  readonly #live = new Set<Visit>();

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  /** Requests under way. */
  get size(): number {
    return this.#live.size;
  }

  /** Ends what is under way, or only the streams of events. */
  stop(what: "events" | "all"): void {
    for (const { stage } of this.#live) if (what === "all" || stage.isEvents === true) stage.stop();
  }

  serve(caller: Caller): void {
    const { cors, logger } = this.#parts;
    const visit = new Visit(caller, ({ known }) => cors.fields(known));
    this.#live.add(visit);
    caller.onClose((isComplete) => {
      this.#live.delete(visit);
      visit.stage.gone();
      recordVisit(visit, isComplete, logger);
    });
    this.#route(visit).catch((error: unknown) => {
      logger.error({ err: error }, "a request failed on our side");
      visit.refuse(refusal("INTERNAL"));
    });
  }

  async #route(visit: Visit): Promise<void> {
    const path = readTarget(visit, this.#parts.limits);
    if (typeof path !== "string") return visit.refuse(path);
    const own = this.#parts.own.answer(path, visit.caller.method);
    if (own !== undefined) {
      visit.isProbe = true;
      return "reason" in own ? visit.refuse(own) : visit.reply(await own);
    }
    const found = findRoute(visit, path, this.#parts);
    if ("reason" in found) return visit.refuse(found);
    if ("preflight" in found) return visit.reply({ status: 204, fields: found.preflight, body: new Uint8Array() });
    visit.route = found;
    await this.#forward(visit, found);
  }

  async #forward(visit: Visit, route: Route): Promise<void> {
    const { limits, scheme, upstreams } = this.#parts;
    const admitted = await admit(visit, route, this.#parts);
    if (visit.caller.isGone) return;
    if (admitted !== undefined && "reason" in admitted) return visit.refuse(admitted);
    visit.userUuid = admitted?.userUuid;
    const upstream = upstreams.get(route.service);
    if (upstream === undefined) return visit.refuse(refusal("UPSTREAM_UNAVAILABLE"));
    new Passage(visit, route, upstream, onward(visit, admitted, scheme), limits).start();
  }
}
