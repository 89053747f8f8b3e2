/**
 * Cookies: stateless proof that an endpoint receives what we send. A keyed hash of the endpoint and the minute, so
 * that nothing is stored for those who never come back. PROTOCOL.md §6.
 */
import { COOKIE_MS } from "./limits.ts";
import { toHex } from "./log/text-form.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

const COOKIE_BYTES = 12;
const encoder = new TextEncoder();

/** The cookie that `place`, an endpoint and what else it shall be good for, may show from now until one to two COOKIE_MS later. */
export function cookieFor(node: NodeState, place: string, now: Instant): string {
  return cookieOf(node, place, Math.floor(now / COOKIE_MS));
}

export function isCookieOf(node: NodeState, place: string, cookie: string, now: Instant): boolean {
  const period = Math.floor(now / COOKIE_MS);
  const shown = encoder.encode(cookie);
  return [period, period - 1].some((each) => node.config.crypto.equal(shown, encoder.encode(cookieOf(node, place, each))));
}

function cookieOf(node: NodeState, place: string, period: number): string {
  const mac = node.config.crypto.hmacSha256(node.cookieSecret, encoder.encode(`${period} ${place}`));
  return toHex(mac.subarray(0, COOKIE_BYTES));
}
