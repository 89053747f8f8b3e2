/** How a gateway is asked for a port of its outside address: what the three protocols have in common. PROTOCOL.md §16. */
import type { Endpoint, Ip } from "../../wire/index.ts";

export type Transport = "udp" | "tcp";

export type MapKind = "pcp" | "nat-pmp" | "upnp";

/** The gateway, and this machine's address towards it: nothing is sent to anybody else, and nothing taken from anybody else. */
export interface Place {
  readonly gateway: Ip;
  readonly own: Ip;
}

/** One port of this machine that is to be reached from outside. */
export interface Wanted {
  readonly transport: Transport;
  readonly port: number;
  /** The outside port that is asked for: the last one, so that a gateway that forgot gives the same again. */
  readonly outsidePort: number;
  /** Seconds. */
  readonly lifetimeS: number;
}

export interface Granted {
  readonly outside: Endpoint;
  /** Seconds; 0: until it is taken back. */
  readonly lifetimeS: number;
  /** Seconds since the gateway forgot all mappings, by its own word; null where the protocol does not tell. */
  readonly epochS: number | null;
}

/** Why a gateway gave no port. Stable; each has its line in cli.md. */
export type AskFailure =
  | "gateway-silent" // no answer
  | "gateway-refused" // it said no
  | "gateway-nonsense"; // what it said is no answer

export interface Refused {
  readonly reason: AskFailure;
  /** The protocol's number for it, where the gateway gave one. */
  readonly code: number | null;
}

export interface MapProtocol {
  readonly kind: MapKind;
  /** Asks for a port, or for its renewal. Never throws. */
  map(place: Place, wanted: Wanted): Promise<Granted | Refused>;
  /** Gives a port back; whether that was heard or not does not matter, since a lifetime ends by itself. */
  unmap(place: Place, wanted: Wanted): Promise<void>;
}

export function isRefused(answer: Granted | Refused): answer is Refused {
  return "reason" in answer;
}

export function refused(reason: AskFailure, code: number | null = null): Refused {
  return { reason, code };
}
