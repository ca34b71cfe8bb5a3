import type { Route } from "@gantry/kernel";
import type { Json } from "./envoy-route.ts";

/** What the gateway waits longer than the service's own deadline, so that the service's answer about it wins. */
const GRACE_MS = 250;
/** A stream is quiet no longer than its heartbeat, which is far below this. */
const QUIET_STREAM_MS = 300_000;
/** How long a request may rest while it is sent or answered. */
const QUIET_REQUEST_MS = 30_000;

/** A route's bounds in time. Without a word, Envoy would give any route 15 seconds. */
export function timeouts({ streaming, deadlineMs }: Route): { readonly [name: string]: Json } {
  if (streaming !== "unary") return { timeout: "0s", idle_timeout: seconds(QUIET_STREAM_MS) };
  const timeoutMs = deadlineMs + GRACE_MS;
  // The time-out starts when the request is complete; the idle time-out bounds the request itself, and comes second behind it.
  return { timeout: seconds(timeoutMs), idle_timeout: seconds(Math.max(QUIET_REQUEST_MS, 2 * timeoutMs)) };
}

const seconds = (ms: number): string => `${ms / 1_000}s`;
