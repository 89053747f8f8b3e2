/**
 * Makes this node known to those on the same network, and hears of them: on every local interface, by every kind of
 * beacon, under a tag that says nothing of who it is. What is heard is handed on as endpoints to try. PROTOCOL.md §14.
 */
import { type Endpoint, type InstanceId, ipOf, portOf } from "../../wire/index.ts";
import type { Beacon, BeaconKind, Heard } from "./beacon.ts";
import { faultCode } from "./beacon.ts";
import { isOnLink, type LanInterface } from "./lan-interface.ts";

/** The second time is for a network that loses the first; the rest is for those whom both missed. */
const ANNOUNCE_AT_MS = [0, 1_000] as const;
const ANNOUNCE_MS = 60_000;
/** A part of it that is left to chance, so that a whole office that was switched on at once does not speak at once. */
const ANNOUNCE_JITTER = 0.2;
/** Who hears of a node for the first time says within so long that it is there too, at most so often. */
const ANSWER_WITHIN_MS = 100;
const ANSWER_GAP_MS = 1_000;
/** How often the machine's interfaces are compared with those before. */
const LOOK_MS = 2_000;
/** Announcements handed on in a second: a liar's flood costs no more. */
const HEARD_PER_SECOND = 20;
/** Tags heard lately, those of a large office. */
const TAGS_MAX = 512;

export interface LanOptions {
  /** Of the listening socket. */
  readonly port: number;
  readonly kinds: readonly BeaconKind[];
  interfaces(): LanInterface[];
  newTag(): InstanceId;
  /** An endpoint at which somebody says that a node is. */
  onCandidate(endpoint: Endpoint): void;
}

/** How it is going, for people. */
export interface LanView {
  /** Where the node is made known: interface and address, and by what. */
  readonly at: readonly { readonly name: string; readonly ip: string; readonly by: readonly BeaconKind["name"][] }[];
  /** Nodes heard of since the start. */
  readonly heard: number;
  /** What the system refused, by `KIND CODE`. */
  readonly faults: Readonly<Record<string, number>>;
}

interface Place {
  readonly at: LanInterface;
  readonly beacons: Map<BeaconKind["name"], Beacon>;
}

export class Lan {
  readonly #options: LanOptions;
  readonly #places = new Map<string, Place>();
  readonly #faults = new Map<string, number>();
  /** Ours so far, so that we are never news to ourselves. */
  readonly #ownTags = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #heard = 0;
  #tag: InstanceId | null = null;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #second = { from: Number.NEGATIVE_INFINITY, heard: 0 };
  #ended = false;

  constructor(options: LanOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#after(0, () => this.#look()); // once the node has said that it is ready
    this.#every(LOOK_MS, () => this.#look());
    this.#rhythm();
  }

  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const key of [...this.#places.keys()]) this.#close(key);
  }

  get view(): LanView {
    const at = [...this.#places.values()].map(({ at: { name, ip }, beacons }) => ({ name, ip, by: [...beacons.keys()] }));
    return { at, heard: this.#heard, faults: Object.fromEntries(this.#faults) };
  }

  /** Compares the interfaces with those before; another network gets another tag, so that nobody can follow the machine. */
  #look(): void {
    const now = new Map(this.#options.interfaces().map((at) => [`${at.name} ${at.ip}`, at]));
    const gone = [...this.#places.keys()].filter((key) => !now.has(key));
    const come = [...now].filter(([key]) => !this.#places.has(key));
    if (gone.length === 0 && come.length === 0) return;
    for (const key of gone) this.#close(key);
    this.#tag = this.#options.newTag();
    this.#ownTags.add(this.#tag);
    const opened = come.map(([key, at]) => this.#open(key, at));
    void Promise.all(opened).then(() => this.#announceSoon());
  }

  async #open(key: string, at: LanInterface): Promise<void> {
    const place: Place = { at, beacons: new Map() };
    this.#places.set(key, place);
    const kinds = this.#options.kinds.filter(({ families }) => families.includes(at.family));
    await Promise.all(kinds.map((kind) => this.#openBeacon(place, kind, () => this.#places.get(key) === place)));
  }

  async #openBeacon(place: Place, kind: BeaconKind, isWanted: () => boolean): Promise<void> {
    const handlers = {
      onHeard: (heard: Heard) => this.#onHeard(heard),
      onAsked: () => this.#answer(),
      onFault: (code: string) => this.#fault(kind, code),
    };
    try {
      const beacon = await kind.open(place.at, handlers);
      if (isWanted()) place.beacons.set(kind.name, beacon);
      else beacon.end();
    } catch (error) {
      this.#fault(kind, faultCode(error));
    }
  }

  #close(key: string): void {
    const place = this.#places.get(key);
    this.#places.delete(key);
    for (const beacon of place?.beacons.values() ?? []) beacon.end();
  }

  #announceSoon(): void {
    for (const ms of ANNOUNCE_AT_MS) this.#after(ms, () => this.#announce());
  }

  #rhythm(): void {
    const ms = ANNOUNCE_MS * (1 + ANNOUNCE_JITTER * (Math.random() - 0.5));
    this.#after(ms, () => {
      this.#announce();
      this.#rhythm();
    });
  }

  /** IPv6 only where an interface has no IPv4: one datagram is enough. */
  #announce(): void {
    if (this.#tag === null) return; // no network so far
    const said = { tag: this.#tag, port: this.#options.port };
    const all = [...this.#places.values()];
    for (const { at, beacons } of all) {
      if (at.family === "v6" && all.some((other) => other.at.family === "v4" && other.at.name === at.name)) continue;
      for (const beacon of beacons.values()) beacon.announce(said);
    }
  }

  /** To everybody, not to who asked: an answer to a forged address would be aimed by somebody else. */
  #answer(): void {
    const now = performance.now();
    if (now - this.#answeredAt < ANSWER_GAP_MS) return;
    this.#answeredAt = now;
    this.#after(Math.random() * ANSWER_WITHIN_MS, () => this.#announce());
  }

  #onHeard({ tag, endpoint }: Heard): void {
    if (this.#ended || this.#ownTags.has(tag) || !this.#mayHear()) return;
    const interfaces = this.#options.interfaces();
    if (!isOnLink(endpoint, interfaces) || this.#isOwn(endpoint, interfaces)) return;
    if (!this.#tags.has(tag)) {
      this.#remember(tag);
      this.#answer();
    }
    this.#options.onCandidate(endpoint);
  }

  #mayHear(): boolean {
    const now = performance.now();
    if (now - this.#second.from >= 1_000) this.#second = { from: now, heard: 0 };
    return ++this.#second.heard <= HEARD_PER_SECOND;
  }

  #isOwn(endpoint: Endpoint, interfaces: readonly LanInterface[]): boolean {
    return portOf(endpoint) === this.#options.port && interfaces.some(({ ip }) => ip === ipOf(endpoint));
  }

  #remember(tag: string): void {
    this.#heard++;
    const [oldest] = this.#tags;
    if (this.#tags.size >= TAGS_MAX && oldest !== undefined) this.#tags.delete(oldest);
    this.#tags.add(tag);
  }

  #fault({ name }: BeaconKind, code: string): void {
    const key = `${name} ${code}`;
    this.#faults.set(key, (this.#faults.get(key) ?? 0) + 1);
  }

  #after(ms: number, run: () => void): void {
    if (this.#ended) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #every(ms: number, run: () => void): void {
    this.#after(ms, () => {
      run();
      this.#every(ms, run);
    });
  }
}
