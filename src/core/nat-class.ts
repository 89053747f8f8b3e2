/** What a NAT does, concluded from where others saw our datagrams come from, and which of theirs came through. RFC 4787 §4.1, §5; PROTOCOL.md §15. */
import { type Endpoint, portOf } from "../wire/index.ts";

/** RFC 4787's words; the last but one where only one address could help. */
export type Dependence =
  | "endpoint-independent"
  | "address-dependent"
  | "address-and-port-dependent"
  | "endpoint-independent-or-address-dependent"
  | "unknown";

/** `none`: others see the very endpoint that the socket has. */
export type Mapping = Dependence | "none";

/** Where one socket was seen by its helpers. */
export interface SeenAt {
  /** By the first helper, by another port of it, and by a helper at another address; null where nobody said. */
  readonly first: Endpoint | null;
  readonly otherPort: Endpoint | null;
  readonly otherAddress: Endpoint | null;
}

/** @param own - the addresses of this machine with the socket's port */
export function mappingOf({ first, otherPort, otherAddress }: SeenAt, own: readonly Endpoint[]): Mapping {
  if (first === null) return "unknown";
  if (own.includes(first)) return "none";
  if (otherPort !== null && otherPort !== first) return "address-and-port-dependent";
  if (otherAddress === null) return otherPort === null ? "unknown" : "endpoint-independent-or-address-dependent";
  if (otherAddress === first) return otherPort === null ? "unknown" : "endpoint-independent";
  return otherPort === null ? "unknown" : "address-dependent";
}

/** What came through to a socket that had sent to the first helper only; null where nobody could try. */
export interface CameThrough {
  readonly otherPort: boolean | null;
  readonly otherAddress: boolean | null;
}

export function filteringOf({ otherPort, otherAddress }: CameThrough): Dependence {
  if (otherAddress === true) return "endpoint-independent";
  if (otherPort === true) return otherAddress === null ? "endpoint-independent-or-address-dependent" : "address-dependent";
  return otherPort === null ? "unknown" : "address-and-port-dependent";
}

/** Whether the NAT gave the socket the port that it has; null where there is no NAT, or nothing was seen. */
export function keepsPort({ first }: SeenAt, mapping: Mapping, localPort: number): boolean | null {
  return first === null || mapping === "none" ? null : portOf(first) === localPort;
}
