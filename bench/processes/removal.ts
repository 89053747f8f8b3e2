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
/** So many are there at a time; of more members, some after the others, each long enough to publish its prekey. */
const PRESENT_MAX = 50;
/** All have found each other, and compared their digests once. */
const SETTLE_MS = 15_000;
const MEET_MS = 300_000;
const LOOK_MS = 500;
/** Between two rounds: what goes on after the last reader has it. */
const REST_MS = 5_000;
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
    else if (note.kind === "event" && note.event.type === "post" && !note.event.own && note.event.text === this.#text)
      this.readers.add(note.host);
  }
}

class Attic {
  readonly #ear = new Ear();
  readonly #simulator = new Simulator({ seed: 1, crypto: sodiumCrypto, watchers: [this.#ear] });
  readonly #rendezvous: Host;
  readonly #owner: Host;
  readonly #members: readonly Host[];
  #present: Host[] = [];
  #hash = "" as ChannelHash;
  #id = "" as Guid;
  #said = 0;

  constructor(members: number) {
    this.#rendezvous = this.#simulator.add({ name: "S", rendezvous: true });
    const peers = [this.#rendezvous.endpoint()];
    const hosts = Array.from({ length: members }, (_, at) => this.#simulator.add({ name: `N${at}`, peers }));
    const [owner, ...others] = hosts;
    if (owner === undefined) throw new RangeError("nobody is there");
    [this.#owner, this.#members] = [owner, others];
  }

  /** Until all who are there read what the owner says, and he knows a prekey of each member. */
  meet(): void {
    this.#rendezvous.start();
    this.#owner.start();
    this.#simulator.run(START_MS);
    this.#owner.command({ kind: "create", id: this.#newId(), name: "attic", others: "none" });
    this.#simulator.run(100);
    this.#hash = [...this.#owner.disk.events.values()].find(({ kind }) => kind === "genesis")?.id as string as ChannelHash;
    this.#id = channelGuid(this.#hash);
    for (let from = 0; from < this.#members.length; from += PRESENT_MAX) {
      for (const host of this.#present) host.stop(host.disk.unwritten);
      this.#present = this.#members.slice(from, from + PRESENT_MAX);
      this.#comeIn();
      this.#until(() => this.#prekeys >= from + this.#present.length);
    }
    this.#simulator.run(SETTLE_MS);
    this.#say();
    this.#until(() => this.#isRead);
    this.#simulator.run(SETTLE_MS);
  }

  #comeIn(): void {
    for (const host of this.#present) {
      host.start();
      this.#simulator.run(10);
      this.#order(host, { act: "grant", role: "member" });
      host.command({ kind: "join", channelId: this.#id, name: "", at: [], genesis: this.#hash });
    }
  }

  #until(done: () => boolean): void {
    for (const end = this.#simulator.now + MEET_MS; !done(); this.#simulator.run(LOOK_MS))
      if (this.#simulator.now > end) throw new Error(`not within ${MEET_MS} ms: ${this.#prekeys} prekeys, ${this.#ear.readers.size} read`);
  }

  /** Of others, that the owner knows. */
  get #prekeys(): number {
    const published = this.#owner.disk.shelf
      .all(this.#hash)
      .filter(({ kind, author }) => kind === "prekey" && author !== this.#owner.nodeId);
    return new Set(published.map(({ author }) => author)).size;
  }

  usual(): Round {
    return this.#round(() => {});
  }

  removal(): Round {
    const gone = this.#present.pop();
    if (gone === undefined) throw new RangeError("nobody is there any more");
    return this.#round(() => this.#order(gone, { act: "kick" }));
  }

  #round(before: () => void): Round {
    const [boxes, began] = [this.#boxes, this.#simulator.now];
    let authorMs = 0;
    const spent = this.#spend(() => {
      authorMs = cpuMsOf(() => {
        before();
        this.#say();
      });
      if (!this.#simulator.runUntil(() => this.#isRead, READ_MS)) throw new Error("not read by all");
    });
    const readMs = this.#simulator.now - began;
    this.#simulator.run(REST_MS);
    return { boxes: this.#boxes - boxes, ...spent, authorMs, readMs };
  }

  #spend(work: () => void): { readonly bytes: number; readonly cpuMs: number } {
    const { bytes } = this.#ear;
    const cpuMs = cpuMsOf(work);
    return { bytes: this.#ear.bytes - bytes, cpuMs };
  }

  get #isRead(): boolean {
    return this.#ear.readers.size === this.#present.length;
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
