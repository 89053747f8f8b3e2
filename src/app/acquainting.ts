/** Contacts, and making sure of them. A part of the door; what each command means stands in {@link Acquainting}. */
import { PATH_POLICIES, type PathPolicy } from "../core/index.ts";
import type { Addresses } from "./addresses.ts";
import { ApiError, type Contact, type Verification } from "./api.ts";
import type { Engine } from "./engine.ts";
import { CODE_MS, Inviter } from "./inviting.ts";
import { newPostId } from "./posting.ts";
import { optionalFlag, optionalId, optionalText, optionalWhole, text, word } from "./request.ts";
import { codeText, newWordCode, parseWordCode } from "./word-code.ts";

export interface Acquainting {
  /** The nodes to which the user gave names, in the order they were added. */
  contacts(): Promise<Contact[]>;
  /** Gives a node (its id, or a name that is shown of it) a name, or another one. @throws `name-taken` when another node has it, `contacts-full` */
  addContact(request: { node: string; name: string }): Promise<Contact>;
  /** @throws `no-such-contact` */
  removeContact(request: { name: string }): Promise<Contact>;
  /** By which paths a contact may be reached, and may reach us, from now on. @throws `no-such-contact` */
  setContactPolicy(request: { name: string; policy: PathPolicy }): Promise<Contact>;
  /** A word code that nobody has had, with a place to meet at where the node has one. */
  newCode(): Promise<{ code: string }>;
  /**
   * Makes a contact of whoever shares a word code, and counts it as verified by that: one says it (`host`, with one of `newCode`), the
   * other was told it (`guest`). Steps are `code` events with the same `ref` (32 hex digits). Host: 10 minutes, guest: 30 s by default.
   * @throws `bad-invite`, `code-failed` with a `CodeFailure` as reason, `name-taken`, `contacts-full`
   */
  meetContact(request: MeetContact): Promise<Contact>;
  /**
   * The safety number of a node (its id, or a name that is shown of it), which its user must see as well; with `confirm` the
   * contact counts as verified from now on, and so with `scanned`, the digits of the QR code that its user shows.
   * @throws `no-such-contact`, `not-verified` when those are another number
   */
  verify(request: { node: string; confirm?: boolean; scanned?: string }): Promise<Verification>;
}

export interface MeetContact {
  readonly name: string;
  readonly code: string;
  readonly role: "host" | "guest";
  readonly ref?: string;
  readonly timeoutMs?: number;
}

const GUEST_MS = 30_000;
const NOTHING = new Uint8Array(0);

export abstract class Acquainter extends Inviter implements Acquainting {
  readonly #engine: Engine;

  constructor(engine: Engine, addresses: Addresses) {
    super(engine, addresses);
    this.#engine = engine;
  }

  async contacts(): Promise<Contact[]> {
    this.#engine.checkRunning();
    return this.#engine.contacts.list();
  }

  async addContact(request: { node: string; name: string }): Promise<Contact> {
    this.#engine.checkRunning();
    return this.#engine.contacts.add(this.#engine.names.nodeOf(text(request, "node")), text(request, "name"), Date.now());
  }

  async removeContact(request: { name: string }): Promise<Contact> {
    this.#engine.checkRunning();
    return this.#engine.contacts.remove(text(request, "name"));
  }

  async setContactPolicy(request: { name: string; policy: PathPolicy }): Promise<Contact> {
    this.#engine.checkRunning();
    const contact = await this.#engine.contacts.setPolicy(text(request, "name"), word(request, "policy", PATH_POLICIES));
    this.#engine.command({ kind: "path-policy", nodeId: contact.nodeId });
    await this.#engine.kept();
    return contact;
  }

  async newCode(): Promise<{ code: string }> {
    this.#engine.checkRunning();
    return { code: codeText(newWordCode(this.meetingPlace())) };
  }

  async meetContact(request: MeetContact): Promise<Contact> {
    const { contacts } = this.#engine;
    const role = word(request, "role", ["host", "guest"]);
    const name = text(request, "name");
    const code = parseWordCode(text(request, "code"));
    const forMs = optionalWhole(request, "timeoutMs", 1, CODE_MS) ?? (role === "host" ? CODE_MS : GUEST_MS);
    const ref = optionalId(request, "ref") ?? newPostId();
    contacts.checkName(name);
    const { peer } = await this.meet({ code, purpose: "contact", role, payload: NOTHING, ref, forMs });
    await contacts.add(peer, name, Date.now());
    await contacts.confirm(peer, "code", Date.now());
    return contacts.of(peer) as Contact;
  }

  async verify(request: { node: string; confirm?: boolean; scanned?: string }): Promise<Verification> {
    this.#engine.checkRunning();
    const { contacts, names } = this.#engine;
    const node = names.nodeOf(text(request, "node"));
    const scanned = optionalText(request, "scanned");
    const seen = contacts.verification(node);
    if (scanned !== undefined && digitsOf(scanned) !== digitsOf(seen.safetyNumber)) throw notVerified(names.of(node));
    if (scanned !== undefined) return contacts.confirm(node, "qr", Date.now());
    return optionalFlag(request, "confirm") ? contacts.confirm(node, "number", Date.now()) : seen;
  }
}

function digitsOf(safetyNumber: string): string {
  return safetyNumber.replaceAll(/\s/g, "");
}

function notVerified(name: string): ApiError {
  return new ApiError(
    "not-verified",
    `that is not the safety number of ${name} and you: another code was scanned, or somebody is between you. Trust nothing that is said there before you know which`,
  );
}
