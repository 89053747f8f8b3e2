/** What must hold once the faults are over and nodes had time to find one another again. Pure functions over views. */
import type { MemberView, PeerView } from "../../core/index.ts";
import type { Endpoint } from "../../wire/index.ts";
import type { Note, Watcher } from "../world.ts";

/** Who is behind an endpoint, as the last datagram from there told. */
export class WhoIsWho implements Watcher {
  readonly #anywhere = new Map<Endpoint, string>();
  readonly #byObserver = new Map<string, Map<Endpoint, string>>();
  readonly #byKey = new Map<string, string>();

  watch(note: Note): void {
    if (note.kind === "started" && note.nodeId !== null) this.#byKey.set(note.nodeId, note.host);
    if (note.kind !== "arrived") return;
    const { from, origin } = note.datagram;
    const observed = this.#byObserver.get(note.host) ?? new Map<Endpoint, string>();
    this.#byObserver.set(note.host, observed);
    if (observed.get(from) === origin) return;
    observed.set(from, origin);
    this.#anywhere.set(from, origin);
  }

  /** The name of the host that `observer` hears, or hears of, as `endpoint`; private addresses differ by observer. */
  at(endpoint: Endpoint, observer: string): string {
    return this.#byObserver.get(observer)?.get(endpoint) ?? this.#anywhere.get(endpoint) ?? endpoint;
  }

  /** The name of a member: by its key, where it has proved one. */
  memberAt(member: MemberView, observer: string): string {
    const { nodeId, endpoint } = member;
    if (nodeId !== null) return this.#byKey.get(nodeId) ?? nodeId;
    return endpoint === null ? "" : this.at(endpoint, observer);
  }
}

/** @returns one line for each configured peer in `configured` that `host` does not hear */
export function checkConfiguredPeers(host: string, configured: readonly Endpoint[], peers: readonly PeerView[]): string[] {
  return configured
    .filter((endpoint) => !peers.some((peer) => peer.endpoint === endpoint && peer.live))
    .map((endpoint) => `${host} does not hear its configured peer ${endpoint} after the calm`);
}

/**
 * @param lists - each member's name, and the members that its node reaches
 * @param namesOf - how many names a host may have: more than one after its NAT forgot it
 * @returns one line for each member that another does not list, lists twice, or should not list
 */
export function checkMembers(
  lists: ReadonlyMap<string, readonly MemberView[]>,
  who: WhoIsWho,
  namesOf: (host: string, other: string) => number = () => 1,
): string[] {
  const faults: string[] = [];
  for (const [host, members] of lists) {
    const reached = members.filter((member) => member.state !== "away").map((member) => who.memberAt(member, host));
    for (const other of lists.keys()) {
      const times = reached.filter((name) => name === other).length;
      const [least, most] = other === host ? [0, namesOf(host, host) - 1] : [1, namesOf(other, host)];
      if (times < least || times > most) faults.push(`${host} lists ${other} ${times} times after the calm`);
    }
    for (const name of reached) if (!lists.has(name)) faults.push(`${host} lists ${name}, who is no member, after the calm`);
  }
  return faults;
}

/** @returns one line for each of `members` that did not show a text written by another while all were there */
export function checkShown(
  texts: ReadonlyMap<string, string>,
  members: readonly string[],
  showedBy: (text: string) => ReadonlySet<string>,
): string[] {
  const faults: string[] = [];
  for (const [text, author] of texts) {
    for (const member of members) {
      if (member !== author && !showedBy(text).has(member)) faults.push(`${member} never showed "${text}", written in the calm`);
    }
  }
  return faults;
}
