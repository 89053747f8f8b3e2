/** Sockets that were opened for a punch are closed again, unless a path goes on using them. */
import { type Instant, MAIN_SOCKET, type SocketId } from "../../core/index.ts";

/** A path says HELLO every 5 s at the slowest, and a punch ends after 5 s. */
const UNUSED_MS = 20_000;

/**
 * @param sentAt - when something was last sent from each socket that is open
 * @returns one line for each that nothing uses
 */
export function checkSockets(host: string, sentAt: ReadonlyMap<SocketId, Instant>, now: Instant): string[] {
  return [...sentAt]
    .filter(([socket, at]) => socket !== MAIN_SOCKET && now - at > UNUSED_MS)
    .map(([socket]) => `${host} keeps socket ${socket} open, and sends nothing from it`);
}
