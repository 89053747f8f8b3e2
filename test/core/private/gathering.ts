/** Members of a private channel on the fake wire, each a whole node. */
import type { ChannelHash, Command, Event, NodeConfig, StoredChannel } from "../../../src/core/index.ts";
import { channelGuid } from "../../../src/core/log/event-message.ts";
import { EventShelf } from "../../../src/core/log/event-shelf.ts";
import type { RoleOrder } from "../../../src/core/open/orders.ts";
import { sealingOf } from "../../../src/core/private/sealing.ts";
import { HIDDEN } from "../../../src/core/private/secrets.ts";
import type { Endpoint, Guid, NodeId } from "../../../src/wire/index.ts";
import { full, idOf } from "../session/full.ts";
import { type Host, World } from "../world.ts";

let commands = 0;
export const ref = () => `${++commands}`.padStart(32, "0");

export interface Place {
  readonly id: Guid;
  readonly genesis: ChannelHash;
}

export const endpointOf = (n: number) => `203.0.113.${n}:7667` as Endpoint;

export class Circle {
  readonly world = new World();
  readonly hosts: Host[] = [];
  readonly place: Place;
  readonly #config: (n: number) => Partial<NodeConfig>;

  /** Nodes that all know each other; the first owns a private channel, to which the first `members` belong. */
  constructor(nodes: number, members = nodes, config: (n: number) => Partial<NodeConfig> = () => ({})) {
    this.#config = config;
    for (let n = 1; n <= nodes; n++) {
      const peers = Array.from({ length: n - 1 }, (_, other) => endpointOf(other + 1));
      this.hosts.push(full(this.world, endpointOf(n), n, { peers, ...config(n) }));
      this.world.run(500);
    }
    this.owner.command({ kind: "create", id: ref(), name: "attic", others: "none" });
    const genesis = savedBy(this.owner).findLast(({ kind }) => kind === "genesis")?.channel as ChannelHash;
    this.place = { id: channelGuid(genesis), genesis };
    this.world.run(100);
    for (const host of this.hosts.slice(1, members)) this.letIn(host);
    this.world.run(3_000);
  }

  get owner(): Host {
    return this.at(0);
  }

  at(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`there are ${this.hosts.length} nodes`);
    return host;
  }

  /** The owner gives a role, and the node joins. */
  letIn(host: Host, role: "member" | "reader" | "admin" = "member"): void {
    this.order(host, { act: "grant", role });
    this.world.run(100);
    this.join(host);
  }

  join(host: Host): void {
    host.command({ kind: "join", channelId: this.place.id, name: "", at: [], genesis: this.place.genesis });
  }

  order(of: Host, order: RoleOrder, by = this.owner): void {
    const plan = by.node?.plan(this.place.id, idOf(of), order);
    if (plan === undefined || typeof plan === "string") throw new Error(`not to be ordered: ${plan}`);
    by.command({ kind: "order", id: ref(), channelId: this.place.id, statements: plan.statements });
  }

  say(host: Host, text: string): void {
    host.command({ kind: "post", id: ref(), channelId: this.place.id, text });
  }

  /** Starts a node anew with what is on its disk. @param shelf - what else is on it than what it kept */
  restart(index: number, shelf?: EventShelf): Host {
    const before = this.at(index);
    this.world.crash(before);
    const rows = before.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "channel" ? [change.channel] : [])));
    const channels = rows.length === 0 ? [] : [rows.at(-1) as StoredChannel];
    const peers = this.hosts.flatMap((host) => (host === before ? [] : [host.endpoint]));
    const events = shelf ?? before.shelf;
    const restored = { channels, members: [], logs: events.logs(), recent: [], mailboxes: events.mailboxes() };
    const host = full(this.world, before.endpoint, index + 1, { peers, events, restored, ...this.#config(index + 1) });
    this.hosts[index] = host;
    return host;
  }
}

/** The disk of a host that has lost all its keys, and what it had opened with them: only what was signed is there. */
export function keylessDisk(host: Host): EventShelf {
  const shelf = new EventShelf();
  for (const event of savedBy(host)) {
    const sealing = sealingOf(event);
    shelf.keep({ event, branch: 0, ...(sealing === null ? {} : { seen: HIDDEN, waits: sealing.epoch }) });
  }
  for (const { channel, rows } of host.shelf.logs()) for (const row of rows) shelf.keepLog(channel, row);
  return shelf;
}

/** The signed events that a host was given to keep. */
export function savedBy(host: Host): Event[] {
  return host.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event] : [])));
}

/** The texts that people see there, those of the node itself among them, in their order. */
export function shownAt(host: Host, channel: ChannelHash): string[] {
  const posts = host.shelf.all(channel).flatMap(({ id }) => host.shelf.seen(channel, id) ?? []);
  return posts
    .filter(({ kind }) => kind === "post")
    .sort((a, b) => a.hlc - b.hlc)
    .map(({ text }) => text);
}

export const nodeIdOf = (host: Host) => idOf(host) as NodeId;

export const dmCommand = (id: Guid, pair: NodeId): Command => ({ kind: "join", channelId: id, name: "", at: [], pair });
