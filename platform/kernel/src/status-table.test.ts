import { expect, test } from "vitest";
import { type ErrorKind, statusTable } from "./status-table.ts";

const rows = Object.entries(statusTable);

/** gRPC's codes (grpc/status.proto), which are Connect's too. */
const grpcCodes: Readonly<Record<string, number>> = {
  cancelled: 1,
  invalid_argument: 3,
  timeout: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  rate_limited: 8,
  failed_precondition: 9,
  conflict: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

/** Kinds that HTTP tells apart and gRPC does not. */
const httpOnly: Readonly<Record<string, ErrorKind>> = {
  method_not_allowed: "unimplemented",
  payload_too_large: "rate_limited",
  unprocessable: "failed_precondition",
  unsupported_media_type: "invalid_argument",
};

test.each(rows)("%s has the number that gRPC gives it", (kind, { rpcCode }) => {
  const same = httpOnly[kind];
  expect(rpcCode).toBe(same === undefined ? grpcCodes[kind] : statusTable[same].rpcCode);
});

test("covers every gRPC code but OK and the three that nothing here may say", () => {
  const said = new Set(rows.map(([, { rpcCode }]) => rpcCode));
  const all = Array.from({ length: 17 }, (_, code) => code);
  const [ok, unknown, outOfRange, dataLoss] = [0, 2, 11, 15];
  expect(all.filter((code) => !said.has(code))).toEqual([ok, unknown, outOfRange, dataLoss]);
});

test.each(rows)("%s is an HTTP error with a title", (_kind, { httpStatus, title }) => {
  expect(httpStatus).toBeGreaterThanOrEqual(400);
  expect(httpStatus).toBeLessThan(600);
  expect(title).not.toBe("");
});

test.each(rows)(
  "%s is retried by a consumer if a caller may retry it, and is logged louder the worse it is",
  (_kind, row) => {
    if (row.retryable) expect(row.consumer).toBe("retry");
    if (row.httpStatus >= 500) expect(row.log).not.toBe("info");
    if (row.httpStatus < 429 && row.httpStatus !== 409) expect(row.log).toBe("info");
  },
);

test("two kinds with one HTTP status have one title", () => {
  const titles = Map.groupBy(rows, ([, { httpStatus }]) => httpStatus);
  for (const group of titles.values()) expect(new Set(group.map(([, { title }]) => title)).size).toBe(1);
});
