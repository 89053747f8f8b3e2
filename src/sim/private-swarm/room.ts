/** A place where what is said is sealed, a private channel or a talk of two, as a tester has it in hand. PROTOCOL.md §19. */
import { type ChannelHash, type Command, channelGuid, dmHash, type Event, type RoleOrder, SEALED } from "../../core/index.ts";
import { recipientsIn } from "../../core/private/boxes.ts";
import type { Crypto } from "../../crypto/index.ts";
import type { EventId, Guid, NodeId } from "../../wire/index.ts";
import type { Disk } from "../disk.ts";
import type { Host } from "../host.ts";
import type { Random } from "../random.ts";
import type { Simulator } from "../simulator.ts";

/** The name of every private channel, which nobody outside may hear. */
const NAME = "attic";
const FLUSHED_MS = 100;

/** Its owner makes it; it is done when this returns. */
export function makeRoom(simulator: Simulator, owner: Host, random: Random): Room {
  owner.command({ kind: "create", id: newId(random), name: NAME, others: "none" });
  simulator.run(FLUSHED_MS);
  const genesis = [...owner.disk.events.values()].find(({ kind }) => kind === "genesis");
  if (genesis === undefined) throw new Error("a disk that works has the genesis by now");
  const hash = genesis.id as string as ChannelHash;
  return new Room(hash, random, () => ({ genesis: hash }));
}

/** The talk of two. */
export function talkOf(crypto: Crypto, [a, b]: readonly [Host, Host], random: Random): Room {
  const [first, second] = [a, b].map(({ nodeId }) => nodeId as NodeId) as [NodeId, NodeId];
  return new Room(dmHash(crypto, first, second), random, ({ nodeId }) => ({ pair: nodeId === first ? second : first }));
}

export function newId(random: Random): string {
  return [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a host says of a channel that it joins, besides its id. */
type Kind = (host: Host) => { readonly genesis: ChannelHash } | { readonly pair: NodeId };

export class Room {
  readonly hash: ChannelHash;
  readonly id: Guid;
  readonly #random: Random;
  readonly #kind: Kind;

  constructor(hash: ChannelHash, random: Random, kind: Kind) {
    this.hash = hash;
    this.id = channelGuid(hash);
    this.#random = random;
    this.#kind = kind;
  }

  join(host: Host): void {
    host.command({ kind: "join", channelId: this.id, name: "", at: [], ...this.#kind(host) });
  }

  say(host: Host, text: string): void {
    if (host.running) host.command({ kind: "post", id: newId(this.#random), channelId: this.id, text });
  }

  /** @throws Error where `by` may not do that */
  order(by: Host, of: Host, order: RoleOrder): void {
    const plan = by.node.plan(this.id, of.nodeId ?? "", order);
    if (typeof plan === "string") throw new Error(`${by.name} may not: ${plan}`);
    by.command({ kind: "order", id: newId(this.#random), channelId: this.id, statements: plan.statements } satisfies Command);
  }

  /** The role that a running host knows another to have. */
  roleAt(host: Host, of: Host): string | null {
    return host.node.members(this.id, host.now).find(({ nodeId }) => nodeId === of.nodeId)?.role ?? null;
  }

  /** The texts that a disk holds open, in their order. */
  openAt({ shelf }: Disk): string[] {
    return this.#posts(shelf).map(({ text }) => text);
  }

  /** Of these what counts, as a running host sees it. */
  readBy({ node, now, disk }: Host): string[] {
    const eyes = node.eyes(this.id, now);
    return this.#posts(disk.shelf).flatMap((post) => (eyes.roleAt(post) === "none" ? [] : [post.text]));
  }

  /** For whom the epochs are sealed in which these texts were said, as one who reads them sees it. */
  sealedFor(texts: ReadonlySet<string>, { shelf }: Disk): string[] {
    const events = shelf.all(this.hash);
    const sealed = events.filter(({ kind, id }) => kind === SEALED && texts.has(shelf.seen(this.hash, id)?.text ?? ""));
    const last = new Set(sealed.map(epochNameOf));
    return events.filter((event) => event.kind === "key" && last.has(epochNameOf(event))).flatMap(recipientsIn);
  }

  /** Places in epochs at which these disks hold two sealed events: one key would open both. */
  sealedTwice(disks: readonly Disk[]): string[] {
    const places = new Map<string, EventId>();
    const twice = new Set<string>();
    for (const event of disks.flatMap(({ shelf }) => shelf.all(this.hash))) {
      if (event.kind !== SEALED) continue;
      const place = `${epochNameOf(event)} ${detail(event, "n")}`;
      if ((places.get(place) ?? event.id) !== event.id) twice.add(place);
      places.set(place, event.id);
    }
    return [...twice];
  }

  #posts(shelf: Disk["shelf"]): Event[] {
    const posts = shelf.all(this.hash).flatMap(({ id }) => shelf.seen(this.hash, id) ?? []);
    return posts.filter(({ kind }) => kind === "post").sort((a, b) => (a.text < b.text ? -1 : 1));
  }
}

function epochNameOf(event: Event): string {
  return `${event.author} ${detail(event, "epoch")}`;
}

function detail({ details }: Event, name: string): string | undefined {
  return details.find(([each]) => each === name)?.[1];
}
