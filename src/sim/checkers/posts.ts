/**
 * What nodes say of posts is true: `delivered` means that so many others have shown it, `saved` that it is on the
 * disk, nothing is shown twice, and a verified author wrote it. Expects texts that are unique in the run.
 *
 * In the bare plane an endpoint is all that tells peers apart, so there a host whose NAT forgot it has other names from then
 * on, one for each of its sockets, and may count for each. Two nodes that have met in a session know each other by their keys.
 */
import type { NodeEvent } from "../../core/index.ts";
import type { Note } from "../world.ts";
import type { Checker } from "./checker.ts";
import type { Meetings } from "./meetings.ts";

interface OwnPost {
  readonly text: string;
  readonly author: string;
  saved: boolean;
  delivered: boolean;
  /** The author had met everybody when it was sent. */
  isInside: boolean;
}

/** How often a host has shown a text since its last start: a crash may forget it, and the sender's copies come again. */
interface Shown {
  times: number;
  verified: number;
  /** How often it may. */
  readonly most: number;
}

export class PostsChecker implements Checker {
  readonly violations: string[] = [];
  readonly #meetings: Meetings;
  readonly #own = new Map<string, OwnPost>();
  readonly #byText = new Map<string, OwnPost>();
  /** Text to the hosts that have shown it. */
  readonly #shownBy = new Map<string, Set<string>>();
  readonly #shownSinceStart = new Map<string, Map<string, Shown>>();
  readonly #renamed = new Set<string>();
  /** The keys of hosts that hold sessions. */
  readonly #keys = new Map<string, string>();

  /** @param meetings - must watch before this one does */
  constructor(meetings: Meetings) {
    this.#meetings = meetings;
  }

  watch(note: Note): void {
    if (note.kind === "started") this.#started(note.host, note.nodeId);
    else if (note.kind === "renamed") this.#renamed.add(note.host);
    else if (note.kind === "event" && note.event.type === "post") this.#shown(note.host, note.at, note.event);
    else if (note.kind === "event" && note.event.type === "post-state") this.#state(note.host, note.at, note.event);
  }

  /** Every post that its author was told is saved, with whether it was also told that it is delivered. */
  savedPosts(): { id: string; author: string; text: string; delivered: boolean }[] {
    return [...this.#own].filter(([, post]) => post.saved).map(([id, { author, text, delivered }]) => ({ id, author, text, delivered }));
  }

  /** @param kept - the ids on each author's disk, at the end of the run */
  checkDisks(kept: ReadonlyMap<string, { has(id: string): boolean }>): void {
    for (const post of this.savedPosts()) {
      if (!kept.get(post.author)?.has(post.id))
        this.violations.push(`${post.author} was told that "${post.text}" is saved, and it is not on its disk`);
    }
  }

  /** The most names by which `other` may know a host. */
  namesOf(host: string, other: string): number {
    return this.#keys.has(host) && this.#keys.has(other) ? 1 : this.#namesUnmet(host);
  }

  showedBy(text: string): ReadonlySet<string> {
    return this.#shownBy.get(text) ?? new Set();
  }

  #started(host: string, nodeId: string | null): void {
    this.#shownSinceStart.set(host, new Map());
    if (nodeId !== null) this.#keys.set(host, nodeId);
  }

  #shown(host: string, at: number, event: NodeEvent & { type: "post" }): void {
    if (event.own) {
      const post = { text: event.text, author: host, saved: false, delivered: false, isInside: false };
      this.#own.set(event.id, post);
      this.#byText.set(event.text, post);
      return;
    }
    const author = this.#byText.get(event.text)?.author;
    const shown = this.#shownBefore(host, `${event.channelId} ${event.text}`, author);
    shown.times++;
    if (event.verified) shown.verified++;
    if (event.verified && event.author !== this.#keys.get(author ?? ""))
      this.violations.push(`${host} showed "${event.text}" as written by ${event.author} at ${at} ms, and that was not so`);
    if (shown.times > shown.most || shown.verified > 1) this.violations.push(`${host} showed "${event.text}" twice, again at ${at} ms`);
    this.#shownBy.set(event.text, (this.#shownBy.get(event.text) ?? new Set()).add(host));
  }

  #shownBefore(host: string, name: string, author: string | undefined): Shown {
    const all = this.#shownSinceStart.get(host) ?? new Map<string, Shown>();
    this.#shownSinceStart.set(host, all);
    const shown = all.get(name) ?? { times: 0, verified: 0, most: this.#timesAllowed(host, author) };
    all.set(name, shown);
    return shown;
  }

  #state(host: string, at: number, event: NodeEvent & { type: "post-state" }): void {
    const post = this.#own.get(event.id);
    if (post === undefined) {
      if (event.state === "failed" && event.id === event.ref) return; // a broken disk: it was refused at once
      this.violations.push(`${host} reported the state of a post ${event.id} that it never wrote, at ${at} ms`);
      return;
    }
    if (event.state === "saved") {
      post.saved = true;
      post.isInside = this.#meetings.hasMetAll(host);
    }
    if (event.state !== "delivered") return;
    post.delivered = true;
    const shown = [...this.showedBy(post.text)];
    const names = post.isInside ? shown.length : shown.reduce((sum, each) => sum + this.#namesUnmet(each), 0);
    if (names < event.acked)
      this.violations.push(`${host} reported "${post.text}" delivered to ${event.acked} at ${at} ms, and ${shown.length} have shown it`);
  }

  #timesAllowed(host: string, author: string | undefined): number {
    if (author === undefined) return this.namesOf(host, "");
    if (this.#meetings.since(host, author) !== null) return 1;
    return this.#namesUnmet(host) * this.#namesUnmet(author);
  }

  #namesUnmet(host: string): number {
    return this.#renamed.has(host) ? Number.POSITIVE_INFINITY : 1;
  }
}
