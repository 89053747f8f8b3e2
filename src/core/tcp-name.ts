/**
 * What a node that came to us over TCP is called. Relays and announcers name nodes by endpoints, and the one that its
 * connection comes from may over UDP be anybody's: who has the same port of the same NAT would get what is meant for it.
 * So it is called after its key, by an address of 100::/64, from which nothing comes and to which nothing goes
 * (RFC 6666). PROTOCOL.md §18.5.
 */
import type { Crypto } from "../crypto/index.ts";
import { type Endpoint, endpoint, type Ip, parseIp } from "../wire/index.ts";

const LABEL = new TextEncoder().encode("ptpchat/1 tcp\0");
/** A port that nobody probes: CONNECT names none below 1,024. */
const PORT = 1;
const DISCARD = "[100::";

/** @param publicKey - of the node, 32 bytes */
export function tcpName(crypto: Crypto, publicKey: Uint8Array): Endpoint {
  const labelled = new Uint8Array(LABEL.length + publicKey.length);
  labelled.set(LABEL);
  labelled.set(publicKey, LABEL.length);
  const hash = crypto.sha256(labelled);
  const group = (at: number) => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)).toString(16);
  return endpoint(parseIp(`100:0:0:0:${group(0)}:${group(2)}:${group(4)}:${group(6)}`) as Ip, PORT);
}

/** True for a name that leads nowhere by itself. */
export function isTcpName(name: Endpoint): boolean {
  return name.startsWith(DISCARD);
}
