/**
 * Tells the checkers of the promises what happens in one channel of whole nodes: from what the nodes tell their users, and from
 * what is on their disks. Believes no list of members and no counter.
 */

import type { NodeEvent } from "../../core/index.ts";
import { type ChannelHash, compareOrder, type Event, keyOf, type LogHole } from "../../core/log/index.ts";
import type { EventId, Guid, NodeId } from "../../wire/index.ts";
import { type Cast, type End, type Fact, Ids, type Look, type PromiseChecker } from "../channels/index.ts";
import type { Host } from "../host.ts";
import type { Note, Watcher } from "../world.ts";

/** A host is looked at after so many batches that came to its disk: what is missing shows only while it is. */
const LOOK_EVERY = 4;

/** What users were told of one post of theirs. */
interface Told {
  readonly author: string;
  acked: number;
}

export class Witness implements Watcher {
  readonly #channelId: Guid;
  readonly #hash: ChannelHash;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #checkers: readonly PromiseChecker[];
  /** What the user of each host wrote. */
  readonly #texts = new Ids<string>();
  readonly #written = new Set<EventId>();
  readonly #insts = new Map<string, string[]>();
  readonly #told = new Map<EventId, Told>();
  #saves = 0;

  constructor(
    channel: { readonly id: Guid; readonly hash: ChannelHash },
    hosts: readonly Host[],
    checkers: (cast: Cast) => readonly PromiseChecker[],
  ) {
    this.#channelId = channel.id;
    this.#hash = channel.hash;
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
    const names = new Map(hosts.map(({ nodeId, name }) => [nodeId as NodeId, name]));
    this.#checkers = checkers({
      honest: [...this.#hosts.keys()],
      liars: new Set(),
      nameOf: (author) => names.get(author) ?? author,
      isMember: () => true,
      isCut: () => false,
    });
  }

  watch(note: Note): void {
    if (note.kind === "command" && note.command.kind === "post") this.#texts.of(note.host).add(note.command.text);
    else if (note.kind === "event") this.#happened(note.host, note.event);
    else if (note.kind === "saved" || note.kind === "stopped") this.#writtenBy(note.host);
    if (note.kind === "saved" && note.code === null && ++this.#saves % LOOK_EVERY === 0) this.#lookIfUp(note.host);
  }

  /** Looks at a host that runs. */
  look(host: Host): void {
    this.#hear({ kind: "look", ...this.#lookAt(host) });
  }

  /** True when these hold the same, and lack nothing that they know of. */
  isSettled(hosts: readonly Host[]): boolean {
    const ids = hosts.map(({ disk }) => disk.shelf.all(this.#hash).map(({ id }) => id));
    const first = new Set(ids[0]);
    const isSame = ids.every((each) => each.length === first.size && each.every((id) => first.has(id)));
    return isSame && hosts.every((host) => host.disk.unwritten === 0 && host.node.missing(this.#channelId).length === 0);
  }

  /** The posts on the disk of a host, for its user to answer. */
  postsAt(host: Host): Event[] {
    return host.disk.shelf.all(this.#hash).filter(({ kind }) => kind === "post");
  }

  /** How many events some of these hold, and how many all. */
  count(hosts: readonly Host[]): { some: number; all: number } {
    const held = new Map<EventId, number>();
    for (const { disk } of hosts) for (const { id } of disk.shelf.all(this.#hash)) held.set(id, (held.get(id) ?? 0) + 1);
    return { some: held.size, all: [...held.values()].filter((times) => times === hosts.length).length };
  }

  /** @returns one line for each breach of a promise by these, who are members at the end */
  judge(hosts: readonly Host[]): string[] {
    for (const host of hosts) this.look(host);
    const ends = hosts.map((host) => this.#endOf(host));
    const breaches = this.#checkers.flatMap((checker) => checker.judge(ends).map((line) => `promise ${checker.promise}: ${line}`));
    return [...breaches, ...this.#undelivered(ends)];
  }

  #lookIfUp(name: string): void {
    const host = this.#hosts.get(name);
    if (host?.running === true) this.look(host);
  }

  #undelivered(ends: readonly End[]): string[] {
    return [...this.#told].flatMap(([id, { author, acked }]) => {
      const holders = ends.filter((end) => end.by !== author && end.events.has(id)).length;
      return holders < acked ? [`promise 2: ${author} was told that ${acked} have ${id}, and ${holders} have it`] : [];
    });
  }

  #happened(host: string, event: NodeEvent): void {
    if (!("channelId" in event) || event.channelId !== this.#channelId) return;
    if (event.type === "post" && !event.own && event.verified) this.#hear({ kind: "shown", by: host, id: event.id as EventId });
    else if (event.type === "post-state" && event.state !== "failed" && event.id !== event.ref) this.#state(host, event);
    else if (event.type === "log-finding")
      this.#hear({
        kind: "finding",
        by: host,
        finding: { kind: event.finding, author: event.author as NodeId, inst: "" as never, seq: 0 },
      });
  }

  #state(host: string, { id, state, acked, bare }: NodeEvent & { type: "post-state" }): void {
    const told = this.#told.get(id as EventId) ?? { author: host, acked: 0 };
    this.#told.set(id as EventId, told);
    told.acked = Math.max(told.acked, acked - (bare ?? 0)); // of those in the clear nothing is promised
    if (state === "saved") this.#hear({ kind: "saved", by: host, id: id as EventId });
  }

  /** Events of its own that have come to the disk since; a text must be one that its user wrote. */
  #writtenBy(name: string): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    const own = host.disk.shelf.all(this.#hash).filter(({ author, id }) => author === host.nodeId && !this.#written.has(id));
    for (const event of own.sort((a, b) => a.seq - b.seq)) {
      if (event.kind === "post" && !this.#texts.of(name).has(event.text)) continue;
      this.#written.add(event.id);
      this.#hear({ kind: "written", by: name, event, run: this.#runOf(name, event.inst) });
    }
  }

  #runOf(name: string, inst: string): number {
    const insts = this.#insts.get(name) ?? [];
    this.#insts.set(name, insts);
    if (!insts.includes(inst)) insts.push(inst);
    return insts.indexOf(inst);
  }

  #lookAt(host: Host): Look {
    const all = host.disk.shelf.all(this.#hash);
    const events = new Map(all.map((event) => [event.id, event]));
    const view = all.filter(({ kind }) => kind === "post").sort(compareOrder);
    return { by: host.name, events, unflushed: host.disk.underWay(), holes: this.#holes(host, events), view: view.map(({ id }) => id) };
  }

  /**
   * The node names the authors of whom something is missing; what is missing is below what the disk has of them. A channel that was
   * left is told of by its archive alone, which names every gap.
   */
  #holes(host: Host, events: ReadonlyMap<EventId, Event>): LogHole[] {
    const isIn = host.running && host.node.channels(host.now).some(({ id }) => id === this.#channelId);
    const authors = new Set(host.running ? host.node.missing(this.#channelId).map(({ author }) => author) : []);
    return [...events.values()].flatMap(({ author, inst, seq, prev, hlc }) =>
      prev !== null && (!isIn || authors.has(author)) && !events.has(prev)
        ? [{ author, inst, from: seq - 1, to: seq - 1, id: prev, before: hlc }]
        : [],
    );
  }

  #endOf(host: Host): End {
    const look = this.#lookAt(host);
    return {
      ...look,
      digest: [...look.events.values()]
        .map((event) => `${keyOf(event)} ${event.id}`)
        .sort()
        .join(),
      members: [],
      cut: [],
    };
  }

  #hear(fact: Fact): void {
    for (const checker of this.#checkers) checker.hear(fact);
  }
}
