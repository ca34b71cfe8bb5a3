import type { Rate } from "@gantry/kernel";
import type { Json } from "./envoy-route.ts";

/** The two rate filters of the template: one before the session check, one behind it, where the user is known. */
const CLIENT_FILTER = "gantry.rate.client";
const USER_FILTER = "gantry.rate.user";

/**
 * How many users or addresses a route counts apart; the one that was quiet for longest makes room. A bucket refills within
 * burst / perSecond seconds, so forgetting a quiet one forgives nothing until so many are active within that time.
 */
const MAX_BUCKETS = 10_000;

const always = (switchName?: string): Json => ({
  default_value: { numerator: 100, denominator: "HUNDRED" },
  ...(switchName !== undefined && { runtime_key: switchName }),
});

/** The part of a route's `typed_per_filter_config` that keeps its rate. */
export function rateLimit(rate: Rate): { readonly [filter: string]: Json } {
  const bucket = { max_tokens: rate.burst, tokens_per_fill: rate.perSecond, fill_interval: "1s" };
  return {
    [rate.per === "USER" ? USER_FILTER : CLIENT_FILTER]: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
      stat_prefix: "rate",
      // One bucket for all TOTAL; otherwise only for requests of which the key is not known: they share, and are not free.
      token_bucket: bucket,
      filter_enabled: always("gantry.rate_limits"),
      filter_enforced: always(),
      rate_limited_as_resource_exhausted: true,
      ...perKey(rate, bucket),
    },
  };
}

function perKey({ per }: Rate, bucket: Json): { readonly [name: string]: Json } {
  if (per === "TOTAL") return {};
  const [key, action] = per === "USER" ? user : address;
  return {
    rate_limits: [{ actions: [action] }],
    // An entry without a value stands for every value, each with a bucket of its own.
    descriptors: [{ entries: [{ key }], token_bucket: bucket }],
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: MAX_BUCKETS,
  };
}

const user: readonly [string, Json] = [
  "user",
  {
    metadata: {
      descriptor_key: "user",
      source: "DYNAMIC",
      metadata_key: { key: "gantry.session", path: [{ key: "user" }] },
    },
  },
];

/** Whoever has one IPv6 address has the 2^64 beside it. */
const address: readonly [string, Json] = [
  "masked_remote_address",
  { masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 64 } },
];
