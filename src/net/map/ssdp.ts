/** Asks who on this network is an internet gateway of UPnP, and believes the gateway only. UPnP Device Architecture 1.1, §1.3. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { type Place, type Refused, refused } from "./map-protocol.ts";

const PORT = 1_900;
const GROUP = "239.255.255.250";
const SEARCHED = "urn:schemas-upnp-org:device:InternetGatewayDevice:1";
/** Twice, since a datagram may be lost. */
const COPIES_AT_MS = [0, 500] as const;
/** A device answers within the second that it is given (MX), by chance. */
const WAIT_MS = 2_000;
const TTL = 2;
const ANSWER_BYTES_MAX = 2_048;
/** What is read of one search: more is a flood. */
const ANSWERS_READ_MAX = 64;

/** @returns where the gateway's description is, a place of its own */
export async function search(place: Place): Promise<URL | Refused> {
  const socket = createSocket("udp4");
  try {
    const bound = once(socket, "listening");
    socket.bind({ address: place.own, port: 0, exclusive: true });
    await bound;
    const { promise, resolve } = Promise.withResolvers<URL | Refused>();
    let read = 0;
    let strange = 0;
    socket.on("error", () => {}); // no way to the group: the gateway is asked by its address too
    socket.on("message", (bytes: Uint8Array, from: RemoteInfo) => {
      if (from.address !== place.gateway || ++read > ANSWERS_READ_MAX) return; // another device's answer, or a stranger's
      const location = readLocation(bytes, place.gateway);
      if (location !== null) resolve(location);
      else strange++;
    });
    socket.setMulticastTTL(TTL);
    socket.setMulticastInterface(place.own);
    const ask = () => {
      for (const host of [place.gateway, GROUP]) socket.send(searchFor(host), PORT, host, () => {});
    };
    const timers = COPIES_AT_MS.map((ms) => setTimeout(ask, ms));
    timers.push(setTimeout(() => resolve(refused(strange > 0 ? "gateway-nonsense" : "gateway-silent")), WAIT_MS));
    return await promise.finally(() => {
      for (const timer of timers) clearTimeout(timer);
    });
  } catch {
    return refused("gateway-silent");
  } finally {
    socket.close();
  }
}

function searchFor(host: string): string {
  return `M-SEARCH * HTTP/1.1\r\nHOST: ${host}:${PORT}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ${SEARCHED}\r\n\r\n`;
}

/** The LOCATION of an answer, where it is an address of the gateway itself; null for anything else. */
export function readLocation(bytes: Uint8Array, gateway: string): URL | null {
  if (bytes.length > ANSWER_BYTES_MAX) return null;
  const lines = Buffer.from(bytes).toString("latin1").split("\r\n");
  if (!/^HTTP\/1\.[01] 200(?: |$)/.test(lines[0] ?? "")) return null;
  const header = lines.find((line) => /^location:/i.test(line));
  return header === undefined ? null : urlAt(header.slice("location:".length).trim(), gateway);
}

/** A URL of the gateway itself, by plain HTTP; null for one that leads anywhere else. */
export function urlAt(text: string, gateway: string, base?: URL): URL | null {
  if (text.length > 512 || !URL.canParse(text, base?.href)) return null;
  const url = new URL(text, base);
  const isPlain = url.protocol === "http:" && url.username === "" && url.password === "";
  if (!isPlain || url.hostname !== gateway || url.port === "0") return null;
  return base === undefined || url.port === base.port ? url : null;
}
