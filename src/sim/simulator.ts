/** Many nodes on one virtual internet under one virtual clock, all from one seed. ARCHITECTURE.md "The simulator". */
import { type Instant, Node } from "../core/index.ts";
import type { Crypto } from "../crypto/index.ts";
import type { Endpoint } from "../wire/index.ts";
import { EventQueue } from "./event-queue.ts";
import { Host, type HostOptions, type MakeNode } from "./host.ts";
import { Internet, type Site, type SiteOptions } from "./internet.ts";
import { newLink } from "./link.ts";
import { Random } from "./random.ts";
import { type Note, tickAt, type Watcher, type World } from "./world.ts";

export interface SimulatorOptions {
  readonly seed: number;
  readonly crypto: Crypto;
  /** Default: the real core. */
  readonly makeNode?: MakeNode;
  readonly watchers?: readonly Watcher[];
}

/** What a host needs that was not yet made; its site is given as options. */
export type PlacedHost = Omit<HostOptions, "site"> & { readonly at?: Site | SiteOptions };

export class Simulator implements World {
  readonly random: Random;
  readonly internet: Internet;
  readonly #crypto: Crypto;
  readonly #makeNode: MakeNode;
  readonly #watchers: Watcher[];
  readonly #queue = new EventQueue();
  readonly #hosts = new Map<string, Host>();
  #now: Instant = 0;
  #datagrams = 0;

  constructor(options: SimulatorOptions) {
    this.#crypto = options.crypto;
    this.#makeNode = options.makeNode ?? ((config) => new Node(config));
    this.#watchers = [...(options.watchers ?? [])];
    this.random = new Random(options.seed);
    this.internet = new Internet(this, this.random.fork("places"));
  }

  get now(): Instant {
    return this.#now;
  }

  get watched(): boolean {
    return this.#watchers.length > 0;
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** Datagrams sent so far. */
  get datagrams(): number {
    return this.#datagrams;
  }

  /** @throws Error when there is none of that name */
  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** Places a host; it does not run before it is started. */
  add({ at, ...options }: PlacedHost): Host {
    if (this.#hosts.has(options.name)) throw new Error(`a second host ${options.name}`);
    const site = at !== undefined && "network" in at ? at : this.internet.site(options.name, at);
    const random = this.random.fork(`host ${options.name}`);
    const host = new Host(
      { ...options, site },
      { world: this, internet: this.internet, random, makeNode: this.#makeNode, crypto: this.#crypto },
    );
    this.#hosts.set(options.name, host);
    return host;
  }

  /** Sends a datagram with any source into the public network, as a forger with a careless provider can. */
  forge(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const datagram = { number: this.nextDatagram(), origin: "forged", from, to, bytes };
    this.note({ kind: "sent", at: this.#now, host: "forged", socket: 0, datagram });
    this.internet.network.inject(datagram, newLink());
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  note(note: Note): void {
    for (const watcher of this.#watchers) watcher.watch(note);
  }

  nextDatagram(): number {
    return ++this.#datagrams;
  }

  after(ms: number, job: () => void): void {
    this.#queue.push(tickAt(this.#now + ms), job);
  }

  /** Lets so many milliseconds pass. */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Lets time pass until `done`, asked after everything that happens, or for `ms`. @returns whether it was done */
  runUntil(done: () => boolean, ms: number): boolean {
    const end = tickAt(this.#now + ms);
    while (!done()) {
      if (this.#queue.nextAt > end) {
        this.#now = end;
        return false;
      }
      this.#now = this.#queue.nextAt;
      this.#queue.pop()();
    }
    return true;
  }
}
