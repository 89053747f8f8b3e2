/**
 * Who comes and goes, as few lines as tell it: what happens to one node within a moment is one line (it comes up, proves
 * its key, joins two channels), and what is over before it was told is not told at all (a node that is started anew, a
 * path that was silent for some seconds).
 */
import { pathWords } from "../shared/connect-words.ts";
import type { EventOf, NodeEvent, PeerView } from "../shared/door.ts";

/** A node that comes up, proves its key and joins does all that within this. */
const SETTLE_MS = 600;
/** Whoever answers in the clear may still prove a key: it is given a second for it. */
const BARE_SETTLE_MS = 2_000;
/** A shorter silence is a bad radio or a change of networks. */
const SILENT_MS = 20_000;
/** Those of whom something is remembered; the rest is told as if met for the first time. */
const KNOWN_MAX = 4_096;

/** One line to show, of one node or bare peer. */
export interface Notice {
  readonly peer: string;
  readonly name: string;
  readonly text: string;
  /** False for what matters only of people whom one talks with: a silence, a return, another way to them. */
  readonly matters: boolean;
  /** A node has come, with its key proved. */
  readonly isEncrypted: boolean;
}

type Words = Pick<Notice, "text" | "matters" | "isEncrypted">;
type Standing = "away" | "here" | "silent";

interface Someone {
  readonly peer: string;
  name: string;
  is: Standing;
  /** What the person knows. */
  told: Standing;
  how: string;
  silentSince: number;
  readonly entered: Set<string>;
  readonly left: Set<string>;
  dueAt: number;
}

type PresenceEvent = EventOf<"peer-up" | "peer-down" | "session-up" | "session-down" | "path" | "member-joined" | "member-left">;

export class Presence {
  readonly #known = new Map<string, Someone>();
  readonly #due = new Set<Someone>();
  /** The name of a channel that we are in; null for all others, of which nothing is told. */
  readonly #channel: (channelId: string) => string | null;

  constructor(channel: (channelId: string) => string | null) {
    this.#channel = channel;
  }

  /** When {@link take} has something to give at the earliest. */
  get dueAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#due) first = Math.min(first, dueAt);
    return first;
  }

  /** Those who are here already are not announced. */
  begin(peers: readonly PeerView[], now: number): void {
    for (const { id, name, live } of peers) {
      if (!live) continue;
      const someone = this.#someone(id, name, now);
      someone.is = "here";
      someone.told = "here";
    }
  }

  note(event: NodeEvent, now: number): void {
    if (isPresence(event)) this.#note(event, now);
  }

  #note(event: PresenceEvent, now: number): void {
    const known = this.#known.get(event.peer);
    switch (event.type) {
      case "session-up":
        return this.#sessionUp(event, now);
      case "session-down":
        if (known?.told === "silent" && event.reason === "gone")
          this.#forget(known); // said already
        else if (known !== undefined) this.#change(known, "away", now, SETTLE_MS);
        return;
      case "peer-up":
        if (isBare(event.name)) this.#change(this.#someone(event.peer, event.name, now), "here", now, BARE_SETTLE_MS, "not encrypted");
        else if (known?.is === "silent") this.#change(known, "here", now, SETTLE_MS); // else its session tells
        return;
      case "peer-down":
        if (known !== undefined) this.#change(known, "silent", now, SILENT_MS);
        return;
      case "path":
        if (known !== undefined) known.how = encrypted(event.path);
        return;
      case "member-joined":
      case "member-left":
        return this.#membership(event, now);
    }
  }

  /** The lines that are due by now. */
  take(now: number): Notice[] {
    const notices: Notice[] = [];
    for (const someone of [...this.#due]) {
      if (someone.dueAt > now) continue;
      this.#due.delete(someone);
      const notice = this.#tell(someone, now);
      if (notice !== null) notices.push({ peer: someone.peer, name: someone.name, ...notice });
      if (someone.is === "away" && !this.#due.has(someone)) this.#known.delete(someone.peer);
    }
    return notices;
  }

  #sessionUp({ peer, name, endpoint, path }: EventOf<"session-up">, now: number): void {
    const bare = this.#known.get(endpoint);
    if (bare !== undefined) this.#forget(bare); // it was this node all along
    this.#change(this.#someone(peer, name, now), "here", now, SETTLE_MS, encrypted(path));
  }

  #membership(event: EventOf<"member-joined" | "member-left">, now: number): void {
    const channel = this.#channel(event.channelId);
    if (channel === null || (event.type === "member-left" && event.why === "expired")) return;
    const someone = this.#someone(event.peer, event.name, now);
    const [add, remove] = event.type === "member-joined" ? [someone.entered, someone.left] : [someone.left, someone.entered];
    add.add(channel);
    remove.delete(channel);
    this.#await(someone, now + (isBare(event.name) ? BARE_SETTLE_MS : SETTLE_MS));
  }

  #change(someone: Someone, is: Standing, now: number, settleMs: number, how = someone.how): void {
    if (is === "silent" && someone.is !== "silent") someone.silentSince = now;
    someone.is = is;
    someone.how = how;
    this.#await(someone, now + settleMs);
  }

  /** What waits is told at the first moment that was set: more facts do not put it off. But a silence that is over is. */
  #await(someone: Someone, dueAt: number): void {
    const waits = this.#due.has(someone) && someone.is !== "silent";
    someone.dueAt = waits ? Math.min(someone.dueAt, dueAt) : dueAt;
    this.#due.add(someone);
  }

  #tell(someone: Someone, now: number): Words | null {
    const { name, told, how } = someone;
    const [entered, left] = [takeAll(someone.entered), takeAll(someone.left)];
    const standing = this.#standing(someone, now);
    someone.told = standing;
    if (told === "away" && standing === "here")
      return { text: `${name} is here, ${how}${entered === "" ? "" : `, in ${entered}`}`, matters: true, isEncrypted: !isBare(name) };
    if (told !== "away" && standing === "away") return words(`${name} has left`, told === "here");
    if (told === "here" && standing === "silent") return words(`${name} is silent: nothing was heard for a while`, false);
    if (standing === "away") return null;
    if (entered !== "") return words(`${name} is in ${entered}`, true);
    if (left !== "") return words(`${name} left ${left}`, true);
    return told !== standing ? words(`${name} is back`, false) : null;
  }

  /** A silence counts once it is long, and only of those who were said to be here. */
  #standing(someone: Someone, now: number): Standing {
    if (someone.is !== "silent" || someone.told === "away") return someone.is === "silent" ? "away" : someone.is;
    if (now - someone.silentSince >= SILENT_MS) return "silent";
    this.#await(someone, someone.silentSince + SILENT_MS);
    return someone.told;
  }

  #someone(peer: string, name: string, now: number): Someone {
    const known = this.#known.get(peer);
    if (known !== undefined) {
      known.name = name;
      return known;
    }
    const [oldest] = this.#known.values();
    if (this.#known.size >= KNOWN_MAX && oldest !== undefined) this.#forget(oldest);
    const someone: Someone = {
      peer,
      name,
      is: "away",
      told: "away",
      how: "",
      silentSince: now,
      entered: new Set(),
      left: new Set(),
      dueAt: now,
    };
    this.#known.set(peer, someone);
    return someone;
  }

  #forget(someone: Someone): void {
    this.#known.delete(someone.peer);
    this.#due.delete(someone);
  }
}

function isPresence(event: NodeEvent): event is PresenceEvent {
  return PRESENCE.has(event.type);
}

const PRESENCE: ReadonlySet<NodeEvent["type"]> = new Set([
  "peer-up",
  "peer-down",
  "session-up",
  "session-down",
  "path",
  "member-joined",
  "member-left",
]);

/** A bare peer is named by its endpoint. */
function isBare(name: string): boolean {
  return name.startsWith("?");
}

function encrypted(path: PeerView["path"]): string {
  return `encrypted (${pathWords(path)})`;
}

function words(text: string, matters: boolean): Words {
  return { text, matters, isEncrypted: false };
}

function takeAll(names: Set<string>): string {
  const all = [...names].join(", ");
  names.clear();
  return all;
}
