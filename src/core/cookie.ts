/**
 * Cookies: stateless proof that an endpoint receives what we send. A keyed hash of the endpoint and the minute, so
 * that nothing is stored for those who never come back. PROTOCOL.md §6.
 */
import type { Endpoint } from "../wire/index.ts";
import { COOKIE_MS } from "./limits.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

const COOKIE_BYTES = 12;
const encoder = new TextEncoder();

/** The cookie that `endpoint` may show from now until one to two COOKIE_MS later. */
export function cookieFor(node: NodeState, endpoint: Endpoint, now: Instant): string {
  return cookieOf(node, endpoint, Math.floor(now / COOKIE_MS));
}

export function isCookieOf(node: NodeState, endpoint: Endpoint, cookie: string, now: Instant): boolean {
  const period = Math.floor(now / COOKIE_MS);
  const shown = encoder.encode(cookie);
  return [period, period - 1].some((each) => node.config.crypto.equal(shown, encoder.encode(cookieOf(node, endpoint, each))));
}

function cookieOf(node: NodeState, endpoint: Endpoint, period: number): string {
  const mac = node.config.crypto.hmacSha256(node.cookieSecret, encoder.encode(`${period} ${endpoint}`));
  return [...mac.subarray(0, COOKIE_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
