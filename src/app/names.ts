/**
 * How nodes and bare peers are called in front of people: one rule for all faces. cli.md "Names".
 *
 *   @bob                 a contact, by the user's own name for it
 *   ada~3F2A             any other node: what it calls itself, and as many letters of its id as tell it from others
 *   ~CQ57P1DZ            a node that is not known to call itself anything
 *   ?203.0.113.5:7667    a bare peer: anybody may be there
 *
 * Two nodes never have the same name, and no nick looks like a name of another kind.
 */
import type { CodeStep, NodeEvent, PeerId, Quiet, QuietNodes } from "../core/index.ts";
import { ApiError, type NamedCodeStep, type NamedEvent, type Who } from "./api.ts";
import type { ContactBook } from "./contact-book.ts";
import { postView } from "./entries.ts";
import type { KnownNodes } from "./known-nodes.ts";
import { parseNodeId } from "./node-id.ts";

/** Letters of an id that stand alone: a name like any other, and hard to mistake. */
const LETTERS_ALONE = 8;
/** Nodes that an error names as those who might be meant. */
const MEANT_MAX = 3;
/** A name with letters of an id, as people type it. */
const WITH_LETTERS = /^([^~]*)~([0-9a-z]+)$/i;

const NOBODY = { self: "", formerName: "" } as const;

export class Names {
  readonly #known: KnownNodes;
  readonly #contacts: ContactBook;
  readonly #quiet: QuietNodes;

  constructor(known: KnownNodes, contacts: ContactBook, quiet: QuietNodes) {
    this.#known = known;
    this.#contacts = contacts;
    this.#quiet = quiet;
  }

  who(peer: PeerId): Who {
    if (!isNodeId(peer)) return { name: `?${peer}`, contact: null, contactVerified: false, quiet: null };
    const contact = this.#contacts.of(peer);
    const quiet = this.#quiet.of(peer);
    if (contact !== undefined)
      return { name: `@${contact.name}`, contact: contact.name, contactVerified: contact.verifiedAt !== null, quiet };
    return { name: this.#ownWords(peer), contact: null, contactVerified: false, quiet };
  }

  of(peer: PeerId): string {
    return this.who(peer).name;
  }

  /**
   * An event, with the names of those whom it is about.
   * @param self - our own node id
   * @param formerName - of a node that calls itself otherwise from now on: its name before
   */
  event(event: NodeEvent, { self, formerName }: { readonly self: string; readonly formerName: string } = NOBODY): NamedEvent {
    if (event.type === "post") {
      const { shown, ...post } = event;
      const { name, quiet } = this.who(event.author);
      const muted = quiet === "muted" ? ({ muted: true } as const) : {};
      return { ...post, authorName: name, ...muted, ...(shown === undefined ? {} : { shown: postView(shown, this, self) }) };
    }
    if ("postAuthor" in event) return { ...event, ...this.#author(event.author), postAuthorName: this.of(event.postAuthor) };
    if (event.type === "topic") return { ...event, ...this.#author(event.author) };
    if (event.type === "nick") return { ...event, ...this.#author(event.author), formerName };
    if (event.type === "log-finding") return { ...event, authorName: this.of(event.author) };
    if (event.type === "role") {
      const [byName, inviterName] = [event.by, event.invitedBy].map((id) => (id === null ? null : this.of(id)));
      return { ...event, nodeName: this.of(event.node), byName: byName ?? null, inviterName: inviterName ?? null };
    }
    if (event.type === "past") return { ...event, rest: event.rest.map((each) => ({ ...each, name: this.of(each.author) })) };
    if (event.type === "parted") return { ...event, nodeName: this.of(event.node) };
    if (event.type === "code") return { type: event.type, ref: event.ref, step: codeStepOf(event.step) };
    if (event.type === "mailbox") return { ...event, nodeName: this.of(event.node) };
    if (event.type === "held") return { ...event, forName: this.of(event.for), byName: this.of(event.by) };
    if (event.type === "charter") return { ...event, ownerName: this.of(event.owner) };
    if (event.type === "traffic") return event.session === undefined ? event : { ...event, sessionName: this.of(event.session) };
    if (!("peer" in event)) return event;
    const { name, quiet } = this.who(event.peer);
    return { ...event, name, ...(quiet === null ? {} : { quiet }) };
  }

  #author(nodeId: string): { authorName: string; quiet?: Quiet } {
    const { name, quiet } = this.who(nodeId);
    return { authorName: name, ...(quiet === null ? {} : { quiet }) };
  }

  /**
   * What a person typed for a peer, in words that know nothing of names: the node id for the name of a node, the endpoint for
   * that of a bare peer; all else stays as it is.
   * @throws ApiError `no-such-contact`, `no-such-peer` when no known node is called so, `usage` when several might be meant
   */
  resolve(word: string): string {
    if (word.startsWith("@")) return this.#contacts.nodeOf(word);
    if (word.startsWith("?")) return word.slice(1);
    const [, nick, letters] = WITH_LETTERS.exec(word) ?? [];
    return nick === undefined || letters === undefined ? word : this.#lettered(word, nick, letters);
  }

  /** The node of the contact of that name; null where there is none. */
  contactNamed(name: string): string | null {
    try {
      return this.#contacts.nodeOf(name);
    } catch {
      return null;
    }
  }

  /**
   * The node that a person means: by its id, or by a name that is shown of it.
   * @throws ApiError as {@link resolve}; `usage` when it is neither
   */
  nodeOf(word: string): string {
    const nodeId = parseNodeId(this.resolve(word));
    if (nodeId !== null) return nodeId;
    const called = this.#known.called(word).slice(0, MEANT_MAX);
    const hint = called.length === 0 ? "" : `. Perhaps ${called.map((id) => this.of(id)).join(" or ")}?`;
    throw new ApiError(
      "usage",
      `"${word}" is no node: write a name as "ptpchat peers" shows it (ada~3F2A), @name of a contact, or the id (52 letters) that "ptpchat id" shows there${hint}`,
    );
  }

  #lettered(word: string, nick: string, letters: string): string {
    const wanted = nick.normalize("NFKC").toLowerCase();
    const [nodeId, ...others] = this.#known
      .beginningWith(digitsMended(letters))
      .filter((id) => wanted === "" || this.#known.plainNick(id).toLowerCase() === wanted);
    if (nodeId === undefined)
      throw new ApiError("no-such-peer", `nobody whom this node has met is called ${word}: "ptpchat peers" shows who is here`);
    if (others.length > 0)
      throw new ApiError("usage", `${word} may be ${[nodeId, ...others].slice(0, MEANT_MAX).join(" or ")}: write more letters`);
    return nodeId;
  }

  #ownWords(nodeId: string): string {
    const nick = this.#known.plainNick(nodeId);
    return `${nick}~${nick === "" ? this.#known.lettersOf(nodeId, LETTERS_ALONE) : this.#known.lettersOf(nodeId)}`;
  }
}

/** What a code brings is a secret of whoever asked for it. */
function codeStepOf(step: CodeStep): NamedCodeStep {
  return step.step === "done" ? { step: "done", peer: step.peer } : step;
}

/** An endpoint has a colon; ids that came in sessions and from the store are in their one form. */
function isNodeId(peer: PeerId): boolean {
  return !peer.includes(":") && parseNodeId(peer) !== null;
}

/** Letters of an id in their one form: people take O for 0, and I and L for 1 (PROTOCOL.md §3.4). */
function digitsMended(letters: string): string {
  return letters.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}
