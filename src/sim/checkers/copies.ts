/**
 * What the disks of members hold at the end of a run, beside what authors were told: of a post that was delivered to n
 * others, n disks have a copy; no disk has two; and each shows an author's posts in the order in which they were sent, as
 * far as its clock was not set back between them.
 *
 * Of nodes that hold sessions. Before two have met, the bare plane may carry a post, whose ACK promises no copy and may mean
 * another: so only posts count whose author had met all others, and of these also those who began anew meanwhile and showed
 * it as it came in the clear. Texts are unique in a run.
 */
import type { NodeEvent, StoredEvent } from "../../core/index.ts";
import type { Note, Watcher } from "../world.ts";
import type { Meetings } from "./meetings.ts";

interface OwnPost {
  readonly author: string;
  /** The author, and how often its clock was seen set back. */
  readonly run: string;
  readonly text: string;
  /** Counts up with every post of a run that was sent. */
  order: number;
  /** Others with whom the author held a session when it was sent. */
  inside: ReadonlySet<string>;
  /** How many have acknowledged it. */
  acked: number;
  /** The author had met everybody when it was sent, so that nobody can have acknowledged it in the clear. */
  isInside: boolean;
  /** Who has it: on the disk, or shown as it came in the clear. */
  readonly holders: Set<string>;
}

export class CopiesChecker implements Watcher {
  readonly #meetings: Meetings;
  readonly #posts = new Map<string, OwnPost>();
  readonly #byText = new Map<string, OwnPost>();
  /** Hosts whose disk refused something: what they could not keep is sent again later, behind others. */
  readonly #refused = new Set<string>();
  /** By author. */
  readonly #clocks = new Map<string, { at: number; setBack: number }>();
  #sent = 0;

  /** @param meetings - must watch before this one does */
  constructor(meetings: Meetings) {
    this.#meetings = meetings;
  }

  watch(note: Note): void {
    if (note.kind === "event") this.#happened(note.host, note.event);
  }

  /**
   * @param disks - of every member, by its name
   * @returns one line for each copy that is missing, doubled or out of order
   */
  check(disks: ReadonlyMap<string, readonly StoredEvent[]>): string[] {
    const faults: string[] = [];
    for (const [host, events] of disks) faults.push(...this.#checkDisk(host, events));
    for (const { text, acked, isInside, holders } of this.#posts.values())
      if (isInside && holders.size < acked) faults.push(`"${text}" was delivered to ${acked}, and ${holders.size} have it`);
    return faults;
  }

  #checkDisk(host: string, events: readonly StoredEvent[]): string[] {
    const faults: string[] = [];
    const newest = new Map<string, OwnPost>();
    const held = new Set<OwnPost>();
    for (const { body, own, verified } of events) {
      const post = own ? undefined : this.#byText.get(body);
      if (post === undefined || (!verified && !post.inside.has(host))) continue;
      if (held.has(post)) faults.push(`the disk of ${host} holds "${body}" twice`);
      held.add(post);
      post.holders.add(host);
      if (!verified || !post.inside.has(host) || this.#refused.has(host)) continue;
      const before = newest.get(post.run);
      if (before !== undefined && before.order > post.order)
        faults.push(`the disk of ${host} holds "${body}" behind "${before.text}", which was sent after it`);
      else newest.set(post.run, post);
    }
    return faults;
  }

  #happened(host: string, event: NodeEvent): void {
    if (event.type === "store-failed") this.#refused.add(host);
    else if (event.type === "post" && event.own) this.#written(host, event);
    else if (event.type === "post" && !event.verified) this.#byText.get(event.text)?.holders.add(host);
    else if (event.type === "post-state") this.#state(host, event);
  }

  #written(author: string, { id, text, at }: NodeEvent & { type: "post" }): void {
    const clock = this.#clocks.get(author) ?? { at, setBack: 0 };
    if (at < clock.at) clock.setBack++;
    clock.at = at;
    this.#clocks.set(author, clock);
    const post = {
      author,
      run: `${author} ${clock.setBack}`,
      text,
      order: 0,
      inside: new Set<string>(),
      acked: 0,
      isInside: false,
      holders: new Set<string>(),
    };
    this.#posts.set(id, post);
    this.#byText.set(text, post);
  }

  #state(host: string, { id, state, acked }: NodeEvent & { type: "post-state" }): void {
    const post = this.#posts.get(id);
    if (post === undefined) return;
    post.acked = acked;
    if (state !== "saved") return;
    post.order = ++this.#sent;
    post.inside = new Set(this.#meetings.openAt(host));
    post.isInside = this.#meetings.hasMetAll(host);
  }
}
