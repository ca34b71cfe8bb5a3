import { expect, test } from "vitest";
import { callerNetwork } from "./caller-address.ts";

const networkOf = (forwarded?: string): string =>
  callerNetwork(new Headers(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }));

test.each([
  ["203.0.113.7", "203.0.113.7"],
  [" 203.0.113.7 ", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:CB00:7107", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["198.51.100.9, 203.0.113.7", "203.0.113.7"],
])("%s is counted as %s", (forwarded, network) => {
  expect(networkOf(forwarded)).toBe(network);
});

test.each([[undefined], [""], ["localhost"], ["203.0.113.7:4711"], ["203.0.113.7, unknown"], ["1.2.3.4.5"], ["[::1]"]])(
  "%s is an unknown place",
  (forwarded) => {
    expect(networkOf(forwarded)).toBe("unknown");
  },
);
