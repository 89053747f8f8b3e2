/**
 * What a gateway says to all of its network: that it was started anew, or has another outside address. RFC 6886 §3.2.1,
 * RFC 6887 §14.1. Anybody on the network can say so with a forged address, so it is no more than a reason to ask.
 */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { PORT } from "./exchange.ts";
import type { Place } from "./map-protocol.ts";

const GROUP = "224.0.0.1";
const HEARD_AT = 5_350;
/** An answer, with opcode 0. */
const ANSWER = 0x80;
const BYTES_MAX = 1_100;

export interface Ear {
  end(): void;
}

/** @param onSaid - ask again. @returns null where the system does not let us listen */
export async function hearGateway(place: Place, onSaid: () => void): Promise<Ear | null> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    const bound = once(socket, "listening");
    socket.bind({ port: HEARD_AT });
    await bound;
    socket.addMembership(GROUP, place.own);
  } catch {
    socket.close();
    return null;
  }
  socket.on("error", () => {});
  socket.on("message", (bytes: Uint8Array, from: RemoteInfo) => {
    if (from.address === place.gateway && from.port === PORT && isAnnouncement(bytes)) onSaid();
  });
  return { end: () => socket.close() };
}

/** Of NAT-PMP an outside address that nobody asked for, of PCP an ANNOUNCE. */
export function isAnnouncement(bytes: Uint8Array): boolean {
  if (bytes[1] !== ANSWER || bytes.length > BYTES_MAX) return false;
  return (bytes[0] === 0 && bytes.length === 12) || (bytes[0] === 2 && bytes.length >= 24);
}
