/** What tests of invites do on the fake wire: a channel, invites to it, and those who come by them. */
import type { ChannelHash, Command, Event, KnockStep, NodeConfig } from "../../../src/core/index.ts";
import type { Detail } from "../../../src/core/log/event.ts";
import { channelGuid } from "../../../src/core/log/event-message.ts";
import { type Invite, inviteDetails, inviteEndDetails } from "../../../src/core/log/invite.ts";
import { base32, type Ed25519KeyPair } from "../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import type { Endpoint, EventId, Guid, NodeId } from "../../../src/wire/index.ts";
import { A, B, full, idOf } from "../session/full.ts";
import { type Host, World } from "../world.ts";

export const C = "203.0.113.3:7667" as Endpoint;
export const D = "203.0.113.4:7667" as Endpoint;
export const S = "203.0.113.9:7667" as Endpoint;
export const DAY_MS = 86_400_000;

let commands = 0;
export const ref = () => `${++commands}`.padStart(32, "0");

export interface Place {
  readonly id: Guid;
  readonly genesis: ChannelHash;
}

/** The host makes a channel and is in it. */
export function create(host: Host, others: "member" | "reader" | "none" = "reader"): Place {
  host.command({ kind: "create", id: ref(), name: "garden", others });
  const genesis = heldBy(host).findLast(({ kind }) => kind === "genesis")?.channel as ChannelHash;
  return { id: channelGuid(genesis), genesis };
}

/** The signed events that a host gave to its disk. */
export function heldBy(host: Host): Event[] {
  return host.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event] : [])));
}

export function order({ id }: Place, ...all: [kind: string, details: Detail[]][]): Command {
  return { kind: "order", id: ref(), channelId: id, statements: all.map(([kind, details]) => ({ kind, text: "", details })) };
}

export interface Made {
  readonly seed: Uint8Array;
  readonly key: Ed25519KeyPair;
  readonly id: EventId;
  readonly by: NodeId;
}

let seeds = 100;

/** The host makes an invite. */
export function invite(world: World, host: Host, place: Place, terms: Partial<Pick<Invite, "role" | "until" | "uses">> = {}): Made {
  const seed = new Uint8Array(32).fill(++seeds);
  const key = sodiumCrypto.ed25519KeyPair(seed);
  const until = wall(world) + DAY_MS;
  host.command(order(place, ["invite", inviteDetails({ key: base32(key.publicKey) as NodeId, role: "member", until, uses: 1, ...terms })]));
  world.run(50);
  const id = heldBy(host).findLast(({ kind }) => kind === "invite")?.id as EventId;
  return { seed, key, id, by: idOf(host) as NodeId };
}

export function endsInvite(place: Place, { id }: Made): Command {
  return order(place, ["invite", inviteEndDetails(id)]);
}

export function wall(world: World): number {
  return 1_790_000_000_000 + world.now;
}

export function knocks(
  place: Place,
  { seed, by: inviter }: Made,
  at: readonly Endpoint[],
  forMs = 20_000,
): Extract<Command, { kind: "knock" }> {
  return { kind: "knock", id: ref(), channelId: place.id, name: "garden", genesis: place.genesis, inviter, seed, at, forMs };
}

/** How far a host has come in, step by step. */
export function steps(host: Host): KnockStep[] {
  return host.saw("knock").map(({ step }) => step);
}

export function lastStep(host: Host): KnockStep | undefined {
  return steps(host).at(-1);
}

export function roleOf(world: World, host: Host, place: Place): string | null {
  return host.node?.channels(world.now).find(({ id }) => id === place.id)?.role ?? null;
}

/** What a host is in. */
export function joined(host: Host): string[] {
  return (host.node?.joined() ?? []).map(({ id }) => id);
}

/** An owner at B, in a channel where others only read; and somebody at A whom nobody knows yet. */
export function garden(others: "member" | "reader" | "none" = "reader", joiner: Partial<NodeConfig> = {}) {
  const world = new World();
  const owner = full(world, B, 2);
  const place = create(owner, others);
  world.run(100);
  const a = full(world, A, 1, joiner);
  return { world, owner, place, a };
}
