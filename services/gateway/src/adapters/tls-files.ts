import { readFileSync } from "node:fs";
import { AppError } from "@gantry/kernel";
import type { TlsKeys } from "@gantry/rpc/listener";

/**
 * Reads certificate and key; undefined when neither is named.
 * @throws AppError `internal` TLS_INCOMPLETE when only one is
 */
export function tlsFiles(certFile: string | undefined, keyFile: string | undefined): TlsKeys | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new AppError({
      kind: "internal",
      reason: "TLS_INCOMPLETE",
      message: "TLS needs both GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE.",
    });
  }
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}
