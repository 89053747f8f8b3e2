/** Whole nodes in one private channel on a virtual network, of which one after the other is removed. */
import type { ChannelHash, RoleOrder } from "../../src/core/index.ts";
import { channelGuid } from "../../src/core/index.ts";
import { recipientsIn } from "../../src/core/private/boxes.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { type Host, type Note, Simulator, type Watcher } from "../../src/sim/index.ts";
import type { Guid } from "../../src/wire/index.ts";
import { serve } from "../child.ts";

/** What one post came to, with or without a removal before it. */
export interface Round {
  readonly boxes: number;
  readonly bytes: number;
  readonly cpuMs: number;
  /** Within the owner's node, until its call returned. */
  readonly authorMs: number;
  /** Virtual. */
  readonly readMs: number;
}

const START_MS = 2_000;
/** All have found each other, and compared their digests once. */
const SETTLE_MS = 30_000;
const MEET_MS = 300_000;
/** What a post costs comes within this: its acknowledgements, and copies for those who may lack it. */
const WINDOW_MS = 2_000;
const READ_MS = 60_000;

/** Counts what is sent, and who was shown what. */
class Ear implements Watcher {
  bytes = 0;
  #text = "";
  readonly readers = new Set<string>();

  listen(text: string): void {
    this.#text = text;
    this.readers.clear();
  }

  watch(note: Note): void {
    if (note.kind === "sent") this.bytes += note.datagram.bytes.length;
    else if (note.kind === "event" && note.event.type === "post" && note.event.text === this.#text) this.readers.add(note.host);
  }
}

class Attic {
  readonly #ear = new Ear();
  readonly #simulator = new Simulator({ seed: 1, crypto: sodiumCrypto, watchers: [this.#ear] });
  readonly #owner: Host;
  readonly #members: Host[];
  #hash = "" as ChannelHash;
  #id = "" as Guid;
  #said = 0;

  constructor(members: number) {
    const rendezvous = this.#simulator.add({ name: "S", rendezvous: true });
    const hosts = Array.from({ length: members }, (_, at) => this.#simulator.add({ name: `N${at}`, peers: [rendezvous.endpoint()] }));
    const [owner, ...others] = hosts;
    if (owner === undefined) throw new RangeError("nobody is there");
    [this.#owner, this.#members] = [owner, others];
  }

  /** Until all read what the owner says. */
  meet(): void {
    for (const host of this.#simulator.hosts) host.start();
    this.#simulator.run(START_MS);
    this.#owner.command({ kind: "create", id: this.#newId(), name: "attic", others: "none" });
    this.#simulator.run(100);
    this.#hash = [...this.#owner.disk.events.values()].find(({ kind }) => kind === "genesis")?.id as string as ChannelHash;
    this.#id = channelGuid(this.#hash);
    for (const host of this.#members) {
      this.#order(host, { act: "grant", role: "member" });
      host.command({ kind: "join", channelId: this.#id, name: "", at: [], genesis: this.#hash });
      this.#simulator.run(10);
    }
    this.#simulator.run(SETTLE_MS);
    this.#say();
    if (!this.#simulator.runUntil(() => this.#isRead, MEET_MS))
      throw new Error(`${this.#ear.readers.size} of ${this.#members.length} read what was said`);
    this.#simulator.run(SETTLE_MS);
  }

  usual(): Round {
    return this.#round(() => {});
  }

  removal(): Round {
    const gone = this.#members.pop();
    if (gone === undefined) throw new RangeError("nobody is there any more");
    return this.#round(() => this.#order(gone, { act: "kick" }));
  }

  #round(before: () => void): Round {
    const idle = this.#spend(() => this.#simulator.run(WINDOW_MS));
    const boxes = this.#boxes;
    const began = this.#simulator.now;
    let [authorMs, readMs] = [0, 0];
    const spent = this.#spend(() => {
      authorMs = cpuMsOf(() => {
        before();
        this.#say();
      });
      if (!this.#simulator.runUntil(() => this.#isRead, READ_MS)) throw new Error("not read by all");
      readMs = this.#simulator.now - began;
      this.#simulator.run(Math.max(0, WINDOW_MS - readMs));
    });
    return { boxes: this.#boxes - boxes, bytes: spent.bytes - idle.bytes, cpuMs: spent.cpuMs - idle.cpuMs, authorMs, readMs };
  }

  #spend(work: () => void): { readonly bytes: number; readonly cpuMs: number } {
    const { bytes } = this.#ear;
    const cpuMs = cpuMsOf(work);
    return { bytes: this.#ear.bytes - bytes, cpuMs };
  }

  get #isRead(): boolean {
    return this.#members.every(({ name }) => this.#ear.readers.has(name));
  }

  /** That the owner has made so far. */
  get #boxes(): number {
    const own = this.#owner.disk.shelf.all(this.#hash).filter(({ kind, author }) => kind === "key" && author === this.#owner.nodeId);
    return own.flatMap(recipientsIn).length;
  }

  #say(): void {
    const text = `said ${++this.#said}`.padEnd(200, ".");
    this.#ear.listen(text);
    this.#owner.command({ kind: "post", id: this.#newId(), channelId: this.#id, text });
  }

  #order(of: Host, order: RoleOrder): void {
    const plan = this.#owner.node.plan(this.#id, of.nodeId ?? "", order);
    if (typeof plan === "string") throw new Error(`the owner may not: ${plan}`);
    this.#owner.command({ kind: "order", id: this.#newId(), channelId: this.#id, statements: plan.statements });
  }

  #newId(): string {
    return [...this.#simulator.random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

function run({ members, rounds }: { members: number; rounds: number }): { usual: Round[]; removals: Round[] } {
  const attic = new Attic(members);
  attic.meet();
  const usual = Array.from({ length: rounds }, () => attic.usual());
  const removals = Array.from({ length: rounds }, () => attic.removal());
  return { usual, removals };
}

function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const handlers = { run };
export type RemovalProcess = typeof handlers;

serve(handlers);
