/**
 * Two daemons in one channel that are killed in turn, round by round, on the same homes. What each told its user is held
 * against what the disks hold.
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { ApiError, type NamedEvent } from "../../src/app/api.ts";
import { openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import type { Random } from "../../src/sim/random.ts";
import { INDEX_PAUSE_MS } from "../../src/store/index-pace.ts";
import { guidFrom } from "../../src/wire/index.ts";
import { Daemon, type Place, within } from "./daemon.ts";
import { checkHome } from "./home-check.ts";
import { type Point, roleAt } from "./points.ts";

const ROOM = "#crash";
const ROOM_ID = guidFrom(openChannelHash(sodiumCrypto, "crash"));
/** Texts that are sent at once: a few, so that commits have several rows. */
const BURST = 4;
/** How often a point is passed at most before it kills; at a start, each statement is one. */
const PASSES_MAX = 6;
const STATEMENTS_MAX = 20;
/** A daemon that is killed anywhere lives at most so long after it was met, in ms. */
const ANYWHERE_MS = 60;
/** In which a node that writes nothing goes on with its search index, in ms. */
const INDEX_REST_MS = 5 * INDEX_PAUSE_MS;
/** For both to hold the same at the end, in ms. */
const SETTLE_MS = 180_000;

/** One of the two, through all its lives. */
class Side {
  readonly place: Place;
  daemon: Daemon | null = null;
  /** Ids of own texts that it told to be saved, and of those that it told to be delivered. */
  readonly saved = new Set<string>();
  readonly delivered = new Set<string>();
  /** How often it showed each text of the other. */
  readonly shown = new Map<string, number>();
  #peers = new Set<string>();
  #met = Promise.withResolvers<void>();

  constructor(place: Place) {
    this.place = place;
  }

  /** Resolves once the other is there as a member. */
  get met(): Promise<void> {
    return this.#met.promise;
  }

  readonly hear = (event: NamedEvent): void => {
    if (event.type === "post" && !event.own) this.shown.set(event.id, (this.shown.get(event.id) ?? 0) + 1);
    if (event.type === "post-state" && event.state === "delivered") this.delivered.add(event.id);
    if (event.type === "session-up") this.#meet(event.peer);
    if (event.type === "session-down") this.#part(event.peer);
  };

  #meet(peer: string): void {
    this.#peers.add(peer);
    this.#met.resolve();
  }

  #part(peer: string): void {
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.#met = Promise.withResolvers();
  }

  /** A new life begins: whom it knew it meets anew. */
  reborn(daemon: Daemon): void {
    this.daemon = daemon;
    this.#peers.clear();
    this.#met = Promise.withResolvers();
  }
}

export class Pair {
  readonly #dir: string;
  readonly #random: Random;
  readonly #sides: readonly [Side, Side];
  readonly faults: string[] = [];
  #texts = 0;

  private constructor(dir: string, random: Random, sides: readonly [Side, Side]) {
    this.#dir = dir;
    this.#random = random;
    this.#sides = sides;
  }

  /** Two daemons on new homes, in one channel. @param ip - on loopback, of their own */
  static async begin(ip: string, random: Random): Promise<Pair> {
    const dir = mkdtempSync(join(tmpdir(), "ptpchat-crash-"));
    const [one, other] = [await freePort(ip), await freePort(ip)];
    const kills = join(dir, "kills");
    writeFileSync(kills, "");
    for (const name of ["a", "b"]) mkdirSync(join(dir, name));
    const a = new Side({ home: join(dir, "a"), listen: one, peer: other, kills });
    const b = new Side({ home: join(dir, "b"), listen: other, peer: one, kills });
    const pair = new Pair(dir, random, [a, b]);
    await Promise.all([a, b].map((side) => pair.#start(side)));
    for (const { daemon } of [a, b]) await daemon?.door.join({ channel: ROOM });
    return pair;
  }

  /**
   * One life of one daemon, ended at a point; then what both disks hold is looked at, and it is started again.
   * @returns false after a fault that leaves nothing to go on with
   */
  async round(point: Point): Promise<boolean> {
    try {
      await this.#round(point);
      return true;
    } catch (error) {
      this.faults.push(`killed at "${point}": ${messageOf(error)}`);
      return false;
    }
  }

  async #round(point: Point): Promise<void> {
    const role = roleAt(point);
    const author = this.#random.pick(this.#sides);
    const receiver = this.#sides[author === this.#sides[0] ? 1 : 0];
    const victim = role === "author" || (role === "either" && this.#random.chance(0.5)) ? author : receiver;
    await within(Promise.all([author.met, receiver.met]), () => "they do not meet");
    if (point === "start: while a new store is made") return this.#killAtBirth(victim, point);
    if (point === "start: while the store is opened") await this.#killAtStart(victim, point);
    else await this.#killAtWork(author, victim, point);
    await this.#look(victim, point);
    await this.#start(victim);
  }

  /** Calm: both must come to hold the same, all that was ever told to be saved among it. */
  async settle(): Promise<void> {
    await this.#settle().catch((error: unknown) => this.faults.push(`in the calm: ${messageOf(error)}`));
  }

  async #settle(): Promise<void> {
    const [a, b] = this.#sides;
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const [one, other] = await Promise.all([a, b].map((side) => this.#idsOf(side)));
      const lost = [...a.saved, ...b.saved].filter((id) => one?.has(id) !== true || other?.has(id) !== true);
      const isSame = one?.size === other?.size && [...(one ?? [])].every((id) => other?.has(id) === true);
      if (isSame && lost.length === 0) return;
      if (performance.now() > end) {
        this.faults.push(`after the calm they hold ${one?.size} and ${other?.size} texts, and lack ${lost.length} saved ones`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100)); // a look at real processes costs them something
    }
  }

  /** Where the daemons killed themselves, in their order. */
  kills(): Point[] {
    return readFileSync(this.#sides[0].place.kills, "utf8").split("\n").slice(0, -1) as Point[];
  }

  /** Texts that were told to be saved, and those that were told to be delivered. */
  get told(): { readonly saved: number; readonly delivered: number } {
    const sum = (of: (side: Side) => number) => this.#sides.reduce((so, side) => so + of(side), 0);
    return { saved: sum(({ saved }) => saved.size), delivered: sum(({ delivered }) => delivered.size) };
  }

  async end(): Promise<void> {
    await Promise.all(this.#sides.map(({ daemon }) => (daemon === null || daemon.isDead ? undefined : daemon.kill())));
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #start(side: Side): Promise<void> {
    const waiting: NamedEvent[] = [];
    let hear = (event: NamedEvent): void => void waiting.push(event);
    const daemon = await Daemon.start(side.place, (event) => hear(event));
    if (daemon === null) throw new Error("it died before it was told to");
    side.reborn(daemon);
    hear = side.hear;
    for (const event of waiting) hear(event);
    if ((await daemon.door.peers()).some(({ kind, live }) => kind === "full" && live))
      side.hear({ type: "session-up", peer: "known" } as never);
  }

  async #killAtStart(victim: Side, point: Point): Promise<void> {
    await victim.daemon?.kill();
    await this.#killWhileStarting(victim.place, point);
  }

  /** A third home, which must open in spite of what its first start left of it. */
  async #killAtBirth({ place }: Side, point: Point): Promise<void> {
    const born = { ...place, home: mkdtempSync(join(this.#dir, "new-")), listen: `${place.listen.split(":")[0]}:0`, peer: null };
    await this.#killWhileStarting(born, point);
    const again = await Daemon.start(born, () => {});
    await again?.door.join({ channel: ROOM });
    await again?.door.send({ channel: ROOM, text: "it opens" });
    await again?.kill();
    const { texts, faults } = await checkHome(born.home, ROOM_ID);
    if (texts.size !== 1) faults.push("what was told is not on the disk");
    for (const fault of faults) this.faults.push(`killed at "${point}": ${fault}`);
  }

  async #killWhileStarting(place: Place, point: Point): Promise<void> {
    const again = await Daemon.start(place, () => {}, { point, after: this.#random.below(STATEMENTS_MAX) });
    await again?.door.send({ channel: ROOM, text: `${++this.#texts}` }).catch(() => {}); // answered once the writer's thread is there too
    await again?.kill();
  }

  async #killAtWork(author: Side, victim: Side, point: Point): Promise<void> {
    const { daemon } = victim;
    if (daemon === null) throw new Error("it is not there");
    if (point === "anywhere") setTimeout(() => this.#killNow(daemon, point), this.#random.below(ANYWHERE_MS));
    else daemon.arm({ point, after: this.#random.below(PASSES_MAX) });
    const dead = daemon.died();
    dead.catch(() => {}); // told where it is awaited
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    void dead.then(over, over);
    while (!isOver) {
      await Promise.race([this.#burst(author), dead]);
      // What a dead daemon refuses, it refuses at once; and while texts come the search index waits.
      await (point === "commit: while the search index is filled" ? Promise.race([dead, wait(INDEX_REST_MS)]) : turn());
    }
    await dead;
  }

  #killNow(daemon: Daemon, point: Point): void {
    appendFileSync(this.#sides[0].place.kills, `${point}\n`);
    void daemon.kill().catch(() => {}); // who waits for its death is told of it
  }

  /** Sends a few texts at once and waits until each is told of in some way. */
  async #burst(author: Side): Promise<void> {
    const { daemon } = author;
    const sends = Array.from({ length: BURST }, async (_, at) => {
      const text = `${++this.#texts}`;
      try {
        const { id } = (await daemon?.door.send({ channel: ROOM, text, wait: at === 0 ? "delivered" : "saved", timeoutMs: 2_000 })) ?? {};
        if (id !== undefined) author.saved.add(id);
      } catch (error) {
        // it was killed, or the other was not there: nothing was told. But it must know the channel that it has joined.
        if (error instanceof ApiError && error.code === "no-such-channel") throw error;
      }
    });
    await Promise.all(sends);
  }

  async #look(victim: Side, point: Point): Promise<void> {
    const [a, b] = this.#sides;
    const { texts, faults } = await checkHome(victim.place.home, ROOM_ID);
    const other = victim === a ? b : a;
    const lost = [...victim.saved, ...other.delivered].filter((id) => !texts.has(id));
    for (const fault of faults) this.faults.push(`killed at "${point}": ${fault}`);
    if (lost.length > 0) this.faults.push(`killed at "${point}": ${lost.length} of what was told is not on the disk`);
    for (const { shown } of this.#sides)
      for (const [id, times] of shown) if (times > 1) this.faults.push(`killed at "${point}": ${texts.get(id)} was shown ${times} times`);
  }

  async #idsOf({ daemon }: Side): Promise<Set<string>> {
    const entries = (await daemon?.door.history({ channel: ROOM, most: 1_000 })) ?? [];
    return new Set(entries.map(({ id }) => id));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function freePort(ip: string): Promise<string> {
  const socket = createSocket("udp4");
  socket.bind(0, ip);
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((closed) => socket.close(() => closed()));
  return `${ip}:${port}`;
}
