import { describe } from "vitest";
import { bodies } from "./cases/bodies.ts";
import { cors } from "./cases/cors.ts";
import { cuts } from "./cases/cuts.ts";
import { deadlines } from "./cases/deadlines.ts";
import { drain } from "./cases/drain.ts";
import { iamFaults } from "./cases/iam-faults.ts";
import { identityHeaders } from "./cases/identity-headers.ts";
import { limits } from "./cases/limits.ts";
import { mutations } from "./cases/mutations.ts";
import { ownAnswers } from "./cases/own-answers.ts";
import { paths } from "./cases/paths.ts";
import { rates } from "./cases/rates.ts";
import { revocation } from "./cases/revocation.ts";
import { routing } from "./cases/routing.ts";
import { sessions } from "./cases/sessions.ts";
import { smuggling } from "./cases/smuggling.ts";
import { streams } from "./cases/streams.ts";
import { resultsFolder } from "./config.ts";
import { resultsFile } from "./report/results.ts";
import { Suite } from "./suite.ts";
import type { GatewayTarget } from "./target.ts";

/**
 * Registers, with vitest, all that is promised of a gateway: what gets where, who gets in, what reaches nobody, and what
 * callers are told. Every gateway must pass; where one may differ, its target says in which case and why.
 *
 * The suite starts the services behind the gateway in its own process and looks at what arrives there. After each case it
 * judges every request that arrived, whatever the case was about: only routes of the table, no claims of the client about
 * itself, and on protected ones the one identity of the person whose session the request carried.
 */
export function gatewayConformance(target: GatewayTarget): void {
  const folder = resultsFolder();
  const suite = new Suite(target, folder === undefined ? undefined : resultsFile(folder, target.name));
  describe(`gateway ${target.name}`, () => {
    routing(suite);
    sessions(suite);
    iamFaults(suite);
    identityHeaders(suite);
    paths(suite);
    mutations(suite);
    revocation(suite);
    ownAnswers(suite);
    streams(suite);
    cuts(suite);
    bodies(suite);
    deadlines(suite);
    limits(suite);
    rates(suite);
    cors(suite);
    smuggling(suite);
    drain(suite);
    suite.close();
  });
}
