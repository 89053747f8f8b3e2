/**
 * Keeps ports of this machine open at the gateway for as long as the node runs: asked for by the first protocol that the
 * gateway knows, renewed at half their time, sought anew when the network changes, and given back at the end. Everything
 * goes to the gateway and to nobody else. PROTOCOL.md §16.
 */
import { type Endpoint, type Ip, ipOf, portOf, scopeOf } from "../../wire/index.ts";
import type { Ear } from "./announcements.ts";
import { EpochWatch } from "./epoch-watch.ts";
import type { NoPlace } from "./gateway.ts";
import {
  type AskFailure,
  type Granted,
  isRefused,
  type MapKind,
  type MapProtocol,
  type Place,
  type Refused,
  type Transport,
} from "./map-protocol.ts";

/** Seconds. An hour after a node was killed its mapping is gone, at a gateway that keeps time. */
const LIFETIME_S = 3_600;
/** A gateway that gives less time is asked no more often than this, in ms. */
const RENEW_MS_MIN = 5_000;
/** After a search in vain, then after the next one, and so on: a gateway that says nothing is asked once an hour. */
const AGAIN_MS = [60_000, 300_000, 900_000, 3_600_000] as const;
/** How often the ways out are compared with those before. */
const LOOK_MS = 5_000;
/** Announcements of a gateway, or of whoever forges them, are followed at most so often. */
const ANNOUNCED_MS = 10_000;
/** What the end waits for the gateway. */
const END_MS = 1_000;

/** Why no port is mapped. Stable; each has its line in cli.md. */
export type MapFailure = NoPlace | AskFailure | "private-outer"; // the gateway's outside address is private: it is itself behind a NAT

export interface MapperOptions {
  /** The ports that are open now, UDP first. */
  ports(): readonly { readonly transport: Transport; readonly port: number }[];
  find(): Promise<Place | NoPlace>;
  /** Another text means that the way out may have changed. */
  surroundings(): string;
  /** In the order in which they are tried. */
  readonly protocols: readonly MapProtocol[];
  hear(place: Place, onSaid: () => void): Promise<Ear | null>;
  /** Where a port is reached from outside from now on; null when it is not any more. */
  onMapped(transport: Transport, endpoint: Endpoint | null): void;
}

/** How it is going, for people. */
export interface MapView {
  readonly gateway: Ip | null;
  readonly ports: readonly {
    readonly transport: Transport;
    readonly by: MapKind;
    readonly outside: Endpoint;
    /** Seconds; null: until it is taken back. */
    readonly lifetimeS: number | null;
    readonly leftS: number | null;
  }[];
  /** Why none is mapped; null while one is, or the gateway is being asked. */
  readonly reason: MapFailure | null;
  /** What each protocol came to when it was last tried. */
  readonly tried: Readonly<Partial<Record<MapKind, Refused>>>;
  /** How often asking came to nothing since the start, by `PROTOCOL REASON`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Times that the gateway was started anew, by its own clock. */
  readonly restarts: number;
}

interface Held {
  readonly granted: Granted;
  /** Monotonic ms. */
  readonly at: number;
}

interface Holder {
  readonly place: Place;
  readonly protocol: MapProtocol;
  readonly ports: Map<Transport, Held>;
}

const WORST_FIRST: readonly AskFailure[] = ["gateway-refused", "gateway-nonsense", "gateway-silent"];

export class Mapper {
  readonly #options: MapperOptions;
  readonly #told = new Map<Transport, Endpoint>();
  readonly #tried = new Map<MapKind, Refused>();
  readonly #failures = new Map<string, number>();
  #epochs = new EpochWatch();
  #restarts = 0;
  #place: Place | null = null;
  #holder: Holder | null = null;
  #reason: MapFailure | null = null;
  #vain = 0;
  #around = "";
  #ear: Ear | null = null;
  #announcedAt = Number.NEGATIVE_INFINITY;
  /** What is under way, one thing after the other. */
  #work: Promise<void> = Promise.resolve();
  #lookTimer: NodeJS.Timeout | undefined;
  #workTimer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: MapperOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#lookTimer = setTimeout(() => this.#look(), 0); // once the node has said that it is ready
  }

  /** Another port was opened, or one was closed. */
  refresh(): void {
    this.#queue(() => (this.#holder === null ? this.#search() : this.#renew(this.#holder)));
  }

  /** Gives back what is mapped, and waits a second for it at most. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#lookTimer);
    clearTimeout(this.#workTimer);
    this.#ear?.end();
    const holder = this.#holder;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, END_MS);
    await Promise.race([Promise.all([this.#work, holder === null ? null : this.#giveBack(holder)]), late.promise]);
    clearTimeout(timer);
  }

  get view(): MapView {
    return {
      gateway: this.#place?.gateway ?? null,
      ports:
        this.#holder === null ? [] : [...this.#holder.ports].map(([transport, held]) => viewPort(this.#holder as Holder, transport, held)),
      reason: this.#reason,
      tried: Object.fromEntries(this.#tried),
      failures: Object.fromEntries(this.#failures),
      restarts: this.#restarts,
    };
  }

  #look(): void {
    const around = this.#options.surroundings();
    if (around !== this.#around) {
      this.#around = around;
      this.#vain = 0;
      this.#queue(() => this.#search());
    }
    this.#lookTimer = setTimeout(() => this.#look(), LOOK_MS);
  }

  #queue(work: () => Promise<void>): void {
    clearTimeout(this.#workTimer);
    this.#work = this.#work.then(() => (this.#ended ? undefined : work()));
  }

  #after(ms: number, work: () => Promise<void>): void {
    if (this.#ended) return;
    clearTimeout(this.#workTimer);
    this.#workTimer = setTimeout(() => this.#queue(work), ms);
  }

  /** Finds the gateway and a protocol that it knows; where nothing has changed, what there is is renewed. */
  async #search(): Promise<void> {
    const found = await this.#options.find();
    if (this.#ended) return;
    const place = typeof found === "string" ? null : found;
    const holder = this.#holder;
    if (holder !== null && place?.gateway === holder.place.gateway && place.own === holder.place.own) return this.#renew(holder);
    this.#forget();
    await this.#moveTo(place);
    if (place === null) this.#failed(found as NoPlace);
    else await this.#ask(place);
  }

  async #moveTo(place: Place | null): Promise<void> {
    this.#place = place;
    this.#tried.clear();
    this.#epochs = new EpochWatch();
    this.#ear?.end();
    this.#ear = place === null ? null : await this.#options.hear(place, () => this.#onAnnounced());
    if (this.#ended) this.#ear?.end();
  }

  async #ask(place: Place): Promise<void> {
    this.#reason = null;
    for (const protocol of this.#options.protocols) {
      const holder: Holder = { place, protocol, ports: new Map() };
      await this.#askFor(holder);
      if (this.#ended) return this.#giveBack(holder);
      if (!holder.ports.has("udp")) continue;
      const outer = await this.#outerOf(holder);
      if (outer === "gateway-nonsense") continue;
      return outer === null ? this.#holdOn(holder) : this.#failed(outer);
    }
    const reasons = new Set([...this.#tried.values()].map(({ reason }) => reason));
    this.#failed(WORST_FIRST.find((reason) => reasons.has(reason)) ?? "gateway-silent");
  }

  /** Null for an outside address that others can reach; what was mapped elsewhere is given back. */
  async #outerOf(holder: Holder): Promise<"private-outer" | "gateway-nonsense" | null> {
    const scopes = [...holder.ports.values()].map(({ granted }) => scopeOf(ipOf(granted.outside)));
    if (scopes.every((scope) => scope === "public")) return null;
    await this.#giveBack(holder);
    if (scopes.includes("private")) return "private-outer";
    this.#noteFailure(holder.protocol.kind, { reason: "gateway-nonsense", code: null });
    return "gateway-nonsense";
  }

  #holdOn(holder: Holder): void {
    this.#holder = holder;
    this.#reason = null;
    this.#vain = 0;
    this.#tell(holder);
    const next = Math.min(...[...holder.ports.values()].map(({ granted }) => lifetimeMs(granted) / 2));
    this.#after(Math.max(next, RENEW_MS_MIN), () => this.#renew(holder));
  }

  /** Asks for all that is wanted; what the gateway gives is noted in `holder`, and what it refuses in what was tried. */
  async #askFor(holder: Holder): Promise<void> {
    const ports = this.#options.ports();
    for (const transport of holder.ports.keys()) if (!ports.some((each) => each.transport === transport)) holder.ports.delete(transport);
    for (const { transport, port } of ports) {
      const twin = ports[0]?.port === port ? holder.ports.get("udp") : undefined; // whoever knows the one tries the other there
      const before = holder.ports.get(transport) ?? twin;
      const outsidePort = before === undefined ? port : portOf(before.granted.outside);
      const answer = await holder.protocol.map(holder.place, { transport, port, outsidePort, lifetimeS: LIFETIME_S });
      if (this.#ended && isRefused(answer)) return;
      if (isRefused(answer)) {
        this.#noteFailure(holder.protocol.kind, answer);
        if (answer.reason !== "gateway-silent") holder.ports.delete(transport);
        if (transport === "udp") return;
      } else {
        holder.ports.set(transport, { granted: answer, at: performance.now() });
        if (transport === "udp") this.#tried.delete(holder.protocol.kind);
        this.#noteEpoch(answer);
      }
    }
  }

  /** A gateway that is silent may come back while there is time left: it is asked again at half of what is left. */
  async #renew(holder: Holder): Promise<void> {
    if (this.#holder !== holder) return;
    const before = holder.ports.get("udp");
    await this.#askFor(holder);
    if (this.#ended) return;
    const held = holder.ports.get("udp");
    if (held !== undefined && held !== before && (await this.#outerOf(holder)) === null) return this.#holdOn(holder);
    const leftMs = held === undefined || held !== before ? 0 : held.at + lifetimeMs(held.granted) - performance.now();
    if (leftMs > RENEW_MS_MIN) return this.#after(Math.max(leftMs / 2, RENEW_MS_MIN), () => this.#renew(holder));
    this.#forget();
    await this.#search();
  }

  #failed(reason: MapFailure): void {
    this.#reason = reason;
    const ms = AGAIN_MS[Math.min(this.#vain++, AGAIN_MS.length - 1)] as number;
    this.#after(ms, () => this.#search());
  }

  #forget(): void {
    this.#holder = null;
    for (const transport of [...this.#told.keys()]) this.#tellOf(transport, null);
  }

  #tell({ ports }: Holder): void {
    for (const transport of [...this.#told.keys()]) if (!ports.has(transport)) this.#tellOf(transport, null);
    for (const [transport, { granted }] of ports) this.#tellOf(transport, granted.outside);
  }

  #tellOf(transport: Transport, endpoint: Endpoint | null): void {
    if ((this.#told.get(transport) ?? null) === endpoint || this.#ended) return;
    if (endpoint === null) this.#told.delete(transport);
    else this.#told.set(transport, endpoint);
    this.#options.onMapped(transport, endpoint);
  }

  async #giveBack({ place, protocol, ports }: Holder): Promise<void> {
    const wanted = this.#options.ports().flatMap(({ transport, port }) => {
      const held = ports.get(transport);
      return held === undefined ? [] : [{ transport, port, outsidePort: portOf(held.granted.outside), lifetimeS: 0 }];
    });
    await Promise.all(wanted.map((each) => protocol.unmap(place, each)));
  }

  #noteFailure(kind: MapKind, answer: Refused): void {
    const key = `${kind} ${answer.reason}`;
    this.#tried.set(kind, answer);
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  #noteEpoch({ epochS }: Granted): void {
    if (epochS !== null && this.#epochs.take(epochS, performance.now())) this.#restarts++;
  }

  #onAnnounced(): void {
    const now = performance.now();
    if (now - this.#announcedAt < ANNOUNCED_MS) return;
    this.#announcedAt = now;
    this.#queue(() => this.#search());
  }
}

function viewPort({ protocol }: Holder, transport: Transport, { granted, at }: Held): MapView["ports"][number] {
  const lifetimeS = granted.lifetimeS === 0 ? null : granted.lifetimeS;
  const leftS = lifetimeS === null ? null : Math.max(0, Math.round(lifetimeS - (performance.now() - at) / 1_000));
  return { transport, by: protocol.kind, outside: granted.outside, lifetimeS, leftS };
}

/** For how long a mapping is counted on, in ms: one without an end is looked after like the others. */
function lifetimeMs({ lifetimeS }: Granted): number {
  return 1_000 * (lifetimeS === 0 ? LIFETIME_S : Math.min(lifetimeS, LIFETIME_S));
}
