/** Peers as people write them: an endpoint, an address, a host name, or the id that a peer has shown. */
import type { PeerView } from "../core/index.ts";
import { type Endpoint, type Ip, ipOf, type NodeId } from "../wire/index.ts";
import { type Addresses, DEFAULT_PORT, parseHostPort } from "./addresses.ts";
import { ApiError } from "./api.ts";
import { parseNodeId } from "./node-id.ts";

/**
 * The endpoint of one peer. An address without a port means the one peer known there, else the usual port.
 * @throws ApiError `usage` when several peers share the address, `no-such-peer`, `bad-address` or `no-name`
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
 * Whom CONNECT is to reach: a node by its id, wherever it is; an address without a port stays one, so that whoever introduces us says which peer it is;
 * a name without a port means the usual one.
 * @throws ApiError as {@link peerEndpoint}
 */
export async function connectTarget(text: string, known: readonly PeerView[], addresses: Addresses): Promise<Ip | Endpoint | NodeId> {
  const nodeId = parseNodeId(text);
  if (nodeId !== null) return nodeId as NodeId;
  const shown = knownById(text, known);
  if (shown !== null) return shown;
  const parsed = parseHostPort(text);
  const ip = await addresses.ip(parsed);
  if (parsed.port === null && !parsed.isName) return ip;
  return addresses.other(ip, parsed.port ?? DEFAULT_PORT);
}

function knownById(text: string, known: readonly PeerView[]): Endpoint | null {
  const node = parseNodeId(text);
  // A node id is a key, so what a peer merely calls itself does not count: anybody may write that into a HELLO.
  const found = known.find(({ id, nodeId }) => (node === null ? id === text || nodeId === text : id === node));
  if (found !== undefined) return found.endpoint;
  if (node !== null) throw new ApiError("no-such-peer", `no peer here is the node ${node}: name it by HOST:PORT`);
  return null;
}
