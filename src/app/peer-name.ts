/** Peers as people write them: an endpoint, an address, a host name, or the id that a peer has shown. */
import type { PeerView } from "../core/index.ts";
import { type Endpoint, type Ip, ipOf } from "../wire/index.ts";
import { type Addresses, DEFAULT_PORT, parseHostPort } from "./addresses.ts";
import { ApiError } from "./api.ts";

/** 52 characters of Crockford base32. */
const NODE_ID = /^[0-9A-HJKMNP-TV-Z]{52}$/i;

/**
 * The endpoint of one peer. An address without a port means the one peer known there, else the usual port.
 * @throws ApiError `usage` when several peers share the address, `no-such-peer`, `not-yet`, `bad-address` or `no-name`
 */
export async function peerEndpoint(text: string, known: readonly PeerView[], addresses: Addresses): Promise<Endpoint> {
  const shown = knownById(text, known);
  if (shown !== null) return shown;
  const parsed = parseHostPort(text);
  const ip = await addresses.ip(parsed);
  if (parsed.port !== null) return addresses.other(ip, parsed.port);
  const there = known.filter((peer) => ipOf(peer.endpoint) === ip);
  if (there.length > 1) throw new ApiError("usage", `several peers are at ${ip}: name the port, as ${there[0]?.endpoint}`);
  return there[0]?.endpoint ?? addresses.other(ip, DEFAULT_PORT);
}

/**
 * Whom CONNECT is to reach: an address without a port stays one, so that whoever introduces us says which peer it is;
 * a name without a port means the usual one.
 * @throws ApiError as {@link peerEndpoint}
 */
export async function connectTarget(text: string, known: readonly PeerView[], addresses: Addresses): Promise<Ip | Endpoint> {
  const shown = knownById(text, known);
  if (shown !== null) return shown;
  const parsed = parseHostPort(text);
  const ip = await addresses.ip(parsed);
  if (parsed.port === null && !parsed.isName) return ip;
  return addresses.other(ip, parsed.port ?? DEFAULT_PORT);
}

function knownById(text: string, known: readonly PeerView[]): Endpoint | null {
  if (text.startsWith("@")) throw new ApiError("not-yet", `${text}: contacts come in a later version; name the peer by HOST:PORT`);
  const found = known.find(({ id, nodeId }) => id === text || nodeId === text);
  if (found !== undefined) return found.endpoint;
  if (NODE_ID.test(text)) throw new ApiError("no-such-peer", `no peer has shown the id ${text}: name it by HOST:PORT`);
  return null;
}
