/** One question to the gateway by UDP, in copies, until an answer to it comes. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Place, type Refused, refused } from "./map-protocol.ts";

/** Of PCP and NAT-PMP. */
export const PORT = 5_351;
/** Copies go out at these times: a gateway is one hop away, and the next protocol waits. RFC 6886 §3.1 begins so. */
const COPIES_AT_MS = [0, 250, 750] as const;
const WAIT_MS = 1_750;
/** Datagrams of the gateway that are read for one question: more is a flood. */
const ANSWERS_READ_MAX = 16;

/**
 * @param read - gives what an answer says, or null for a datagram that is none
 * @returns what it said; `gateway-silent` after 1.75 s, `gateway-nonsense` when the gateway said other things only
 */
export async function exchange<T>(
  place: Place,
  port: number,
  request: Uint8Array,
  read: (bytes: Uint8Array) => T | null,
): Promise<T | Refused> {
  const socket = createSocket("udp4");
  try {
    return await ask(socket, place, port, request, read);
  } catch {
    return refused("gateway-silent"); // the system: no way there, or nobody listens
  } finally {
    socket.close();
  }
}

/** A connected socket hears nobody but the gateway, and is told when nobody listens there. */
async function ask<T>(
  socket: Socket,
  { gateway, own }: Place,
  port: number,
  request: Uint8Array,
  read: (bytes: Uint8Array) => T | null,
): Promise<T | Refused> {
  const bound = once(socket, "listening"); // rejects on "error"
  socket.bind({ address: own, port: 0, exclusive: true });
  await bound;
  const connected = once(socket, "connect");
  socket.connect(port, gateway);
  await connected;
  const { promise, resolve, reject } = Promise.withResolvers<T | Refused>();
  let strange = 0;
  socket.on("error", reject);
  socket.on("message", (bytes: Uint8Array, from: RemoteInfo) => {
    if (from.address !== gateway || from.port !== port) return; // came before the socket was connected
    const answer = read(bytes);
    if (answer !== null) resolve(answer);
    else if (++strange >= ANSWERS_READ_MAX) resolve(refused("gateway-nonsense"));
  });
  const timers = COPIES_AT_MS.map((ms) => setTimeout(() => socket.send(request, (error) => error && reject(error)), ms));
  timers.push(setTimeout(() => resolve(refused(strange > 0 ? "gateway-nonsense" : "gateway-silent")), WAIT_MS));
  return promise.finally(() => {
    for (const timer of timers) clearTimeout(timer);
  });
}
