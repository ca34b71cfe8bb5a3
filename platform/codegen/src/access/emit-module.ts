import { fileHeader } from "../text/header.ts";
import { literal } from "../text/literal.ts";
import type { AccessRow } from "./access-rows.ts";

/** The text of `access-matrix.ts`, for tests that walk it. */
export function emitModule(rows: readonly AccessRow[], callers: readonly string[], document: string): string {
  const lines = rows.map(({ key, policy, ...row }) => `  ${literal({ operation: key, auth: policy.auth, ...row })},\n`);
  return [
    fileHeader(`the protos and ${document}`),
    `import type { Auth } from "@gantry/kernel";\n`,
    "/** Everybody who may call or try to: nobody, people, and services by name. */",
    `export const callers = ${literal(callers)} as const;\n`,
    "export type Caller = (typeof callers)[number];\n",
    "/** Let in, or refused with this HTTP status (in gRPC: its code). Only for who calls: the request may be wrong all the same. */",
    `export type Outcome = "allowed" | 401 | 403 | 404;\n`,
    "export interface AccessRow {",
    "  /** Its name in the policy table. */",
    "  readonly operation: string;",
    "  readonly auth: Auth;",
    `  readonly kind: "rpc" | "http";`,
    "  readonly service: string;",
    "  readonly method: string;",
    "  readonly path: string;",
    "  /** Through the gateway. A service's identity is worth nothing there. */",
    "  readonly door: Readonly<Record<Caller, Outcome>>;",
    "  /** At the service's own port, with an identity. */",
    "  readonly direct: Readonly<Record<Caller, Outcome>>;",
    "}\n",
    "/** Who may call what. Another person is one whose thing it is not; where nothing of a person is named, that is a person. */",
    `export const accessMatrix: readonly AccessRow[] = [\n${lines.join("")}];\n`,
  ].join("\n");
}
