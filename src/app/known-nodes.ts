/**
 * The nodes that this one has met, with what they called themselves, and how many letters of its id tell each from all
 * others. Those of whom a text is kept are remembered beyond the end of the program, since history shows their names.
 */
import { type HybridTime, NICKS_MAX, type StoredNick } from "../core/index.ts";
import { plainNick } from "./nick.ts";

/** Those of whom nothing is kept: as many as may hold a session at a time. */
const VISITORS_MAX = 16_384;
/** Letters of an id beside a nick: a million of them, so that chance does not make two alike; and more where intent did. */
const LETTERS_MIN = 4;

interface Nick {
  readonly text: string;
  readonly plain: string;
}

interface SaidNick extends Nick {
  readonly said: HybridTime;
}

export class KnownNodes {
  /** What nodes said in channels, signed: it counts before all that they tell in a session. */
  readonly #said = new Map<string, SaidNick>();
  /** Apart, so that a crowd of visitors cannot push out the names of those who said something. */
  readonly #authors = new Map<string, Nick>();
  readonly #visitors = new Map<string, Nick>();
  /** Ids by their first {@link LETTERS_MIN} letters. */
  readonly #byLetters = new Map<string, Set<string>>();

  /** @param kept - what the store remembers, the oldest first */
  constructor(kept: readonly StoredNick[] = []) {
    for (const { nodeId, nick, said } of kept) {
      if (said === undefined) this.#put(this.#authors, nodeId, nickOf(nick));
      else this.say(nodeId, nick, said);
    }
  }

  /**
   * Notes what a node said in a channel that it calls itself; of several the latest counts.
   * @param said - when, in microseconds since 1970
   * @returns true when it is the latest, and to be kept
   */
  say(nodeId: string, nick: string, said: HybridTime): boolean {
    const before = this.#said.get(nodeId);
    if (before !== undefined && before.said >= said) return false;
    if (before === undefined && this.#said.size >= NICKS_MAX) this.#forgetHalf(this.#said);
    this.#put(this.#said, nodeId, { ...nickOf(nick), said });
    return true;
  }

  /** The nick that a node said last in a channel, as it is; null where none is known. */
  saidBy(nodeId: string): string | null {
    return this.#said.get(nodeId)?.text ?? null;
  }

  /** Notes that a node was met, and what it calls itself now. */
  meet(nodeId: string, nick: string): void {
    // What is kept of an author changes only with its next text.
    if (!this.#visitors.has(nodeId) && this.#visitors.size >= VISITORS_MAX) this.#forgetHalf(this.#visitors);
    this.#put(this.#visitors, nodeId, nickOf(nick));
  }

  /**
   * Notes that a text of a node is kept.
   * @returns the nick to keep with it; null when it is kept already, or none is known
   */
  remember(nodeId: string): string | null {
    const nick = this.#visitors.get(nodeId);
    if (nick === undefined || this.#said.has(nodeId) || this.#authors.get(nodeId)?.text === nick.text) return null;
    if (!this.#authors.has(nodeId) && this.#authors.size >= NICKS_MAX) this.#forgetHalf(this.#authors);
    this.#put(this.#authors, nodeId, nick);
    return nick.text;
  }

  /** The last nick, fit to be shown; empty where none is known. */
  plainNick(nodeId: string): string {
    const said = this.#said.get(nodeId)?.plain ?? "";
    return said === "" ? ((this.#visitors.get(nodeId) ?? this.#authors.get(nodeId))?.plain ?? "") : said;
  }

  /** The first letters of an id, as many as no other known node has in common with it. */
  lettersOf(nodeId: string, least = LETTERS_MIN): string {
    let letters = least;
    for (const other of this.#byLetters.get(beginning(nodeId)) ?? [])
      if (other !== nodeId) letters = Math.max(letters, commonLetters(other, nodeId) + 1);
    return nodeId.slice(0, letters);
  }

  /** The known nodes whose ids begin so. @param letters - in capitals, {@link LETTERS_MIN} at least; fewer find nobody */
  beginningWith(letters: string): string[] {
    return [...(this.#byLetters.get(beginning(letters)) ?? [])].filter((nodeId) => nodeId.startsWith(letters));
  }

  /** The known nodes that call themselves so, in whatever case. */
  called(plainNick: string): string[] {
    const wanted = plainNick.toLowerCase();
    const all = new Set([...this.#authors.keys(), ...this.#visitors.keys(), ...this.#said.keys()]);
    return [...all].filter((nodeId) => this.plainNick(nodeId).toLowerCase() === wanted);
  }

  #put<Value extends Nick>(nodes: Map<string, Value>, nodeId: string, nick: Value): void {
    nodes.delete(nodeId); // the last one met stands last
    nodes.set(nodeId, nick);
    const ids = this.#byLetters.get(beginning(nodeId));
    if (ids === undefined) this.#byLetters.set(beginning(nodeId), new Set([nodeId]));
    else ids.add(nodeId);
  }

  /** The older half at once: to take them one by one would slow every look at the first of a `Map`. */
  #forgetHalf(nodes: Map<string, unknown>): void {
    for (const nodeId of [...nodes.keys()].slice(0, nodes.size / 2)) {
      nodes.delete(nodeId);
      if (![this.#authors, this.#visitors, this.#said].some((each) => each.has(nodeId))) this.#unlist(nodeId);
    }
  }

  #unlist(nodeId: string): void {
    const ids = this.#byLetters.get(beginning(nodeId));
    ids?.delete(nodeId);
    if (ids?.size === 0) this.#byLetters.delete(beginning(nodeId));
  }
}

function nickOf(text: string): Nick {
  return { text, plain: plainNick(text) };
}

function beginning(nodeId: string): string {
  return nodeId.slice(0, LETTERS_MIN);
}

function commonLetters(a: string, b: string): number {
  let letters = 0;
  while (letters < a.length && a[letters] === b[letters]) letters++;
  return letters;
}
