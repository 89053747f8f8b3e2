/**
 * The contacts: nodes to which the user gave names of his own, kept in the store. A name belongs to one node, and what a
 * node calls itself has no part in it. One book for all doors of a node, so that two clients cannot take the same name.
 */
import { CONTACTS_MAX, type ContactNodes, type PathPolicy, type Store, type StoredContact, type VerifiedBy } from "../core/index.ts";
import { base32, normalName, safetyNumber } from "../crypto/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { NAME_MAX } from "../wire/index.ts";
import { ApiError, type Contact, type Verification } from "./api.ts";
import { keyOf } from "./node-id.ts";
import { storeFault } from "./store-fault.ts";

/** White space, controls, and what shows nothing: two names that look alike must be alike. */
const UNFIT = /[\s\p{C}]/u;

export class ContactBook implements ContactNodes {
  readonly #store: Store;
  readonly #ownKey: Uint8Array;
  /** What the store has, by node id in its order; null until it is asked, and after each change. */
  #read: ReadonlyMap<string, Contact> | null = null;
  /** Changes go one after the other: each looks at what the one before has written. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store, ownKey: Uint8Array) {
    this.#store = store;
    this.#ownKey = ownKey;
  }

  /** In the order they were added. @throws ApiError `store-failed` */
  list(): Contact[] {
    return [...this.#all().values()];
  }

  /** The contact that a node is; undefined also while the store cannot be read: a name is never worth an error. */
  of(nodeId: string): Contact | undefined {
    try {
      return this.#all().get(nodeId);
    } catch {
      return undefined;
    }
  }

  has(nodeId: string): boolean {
    return this.of(nodeId) !== undefined;
  }

  policyOf(nodeId: string): PathPolicy {
    return this.of(nodeId)?.policy ?? "direct";
  }

  /** Their ids; none while the store cannot be read. */
  all(): Iterable<string> {
    try {
      return this.#all().keys();
    } catch {
      return [];
    }
  }

  /**
   * The node that is a contact of that name.
   * @param name - with or without `@`
   * @throws ApiError `no-such-contact`
   */
  nodeOf(name: string): string {
    return this.#named(name).nodeId;
  }

  /**
   * Gives a node a name, or another one; what was verified stays so, since it belongs to the key.
   * @throws ApiError `usage`, `name-taken`, `contacts-full`, `store-failed`
   */
  add(nodeId: string, name: string, now: number): Promise<Contact> {
    return this.#change(async () => {
      this.#checkOther(nodeId);
      const petName = checkedName(name);
      const contacts = this.list();
      const taken = contacts.find((contact) => contact.nodeId !== nodeId && sameName(contact.name, petName));
      if (taken !== undefined)
        throw new ApiError("name-taken", `${taken.name} is ${taken.nodeId} already: take another name, or remove that contact first`);
      const known = this.#all().get(nodeId);
      if (known === undefined && contacts.length >= CONTACTS_MAX)
        throw new ApiError("contacts-full", `there are ${CONTACTS_MAX} contacts already: remove one first`);
      return this.#keep({ ...(known ?? newContact(nodeId, now)), name: petName });
    });
  }

  /** @throws ApiError `usage` for what is no name */
  checkName(name: string): void {
    checkedName(name);
  }

  /** Says by which paths a contact may be reached. @throws ApiError `no-such-contact`, `store-failed` */
  setPolicy(name: string, policy: PathPolicy): Promise<Contact> {
    return this.#change(async () => this.#keep({ ...this.#named(name), policy }));
  }

  /** @throws ApiError `no-such-contact`, `store-failed` */
  remove(name: string): Promise<Contact> {
    return this.#change(async () => {
      const contact = this.#named(name);
      await this.#write([{ kind: "contact-gone", nodeId: contact.nodeId }]);
      return contact;
    });
  }

  /**
   * What the user needs to make sure of a node, and what he has made sure of.
   * @throws ApiError `usage` for the node itself
   */
  verification(nodeId: string): Verification {
    this.#checkOther(nodeId);
    const contact = this.#all().get(nodeId);
    return {
      nodeId,
      name: contact?.name ?? null,
      safetyNumber: safetyNumber(sodiumCrypto, this.#ownKey, keyOf(nodeId)),
      verifiedAt: contact?.verifiedAt ?? null,
      verifiedBy: contact?.verifiedBy ?? null,
    };
  }

  /**
   * Notes that the user has made sure of a contact.
   * @throws ApiError `usage`, `no-such-contact` when the node is no contact, `store-failed`
   */
  confirm(nodeId: string, verifiedBy: VerifiedBy, now: number): Promise<Verification> {
    return this.#change(async () => {
      this.#checkOther(nodeId);
      const contact = this.#all().get(nodeId);
      if (contact === undefined)
        throw new ApiError("no-such-contact", `${nodeId} is no contact: add it first (ptpchat contact add NODE NAME)`);
      await this.#keep({ ...contact, verifiedAt: now, verifiedBy });
      return this.verification(nodeId);
    });
  }

  #all(): ReadonlyMap<string, Contact> {
    try {
      this.#read ??= new Map(this.#store.contacts().map((contact) => [contact.nodeId, contactOf(contact)]));
      return this.#read;
    } catch (error) {
      throw storeFault(error);
    }
  }

  #named(text: string): Contact {
    const name = withoutAt(text);
    const contact = this.list().find((each) => sameName(each.name, name));
    if (contact !== undefined) return contact;
    throw new ApiError("no-such-contact", `there is no contact @${name}: "ptpchat contact list" shows those that you have`);
  }

  #checkOther(nodeId: string): void {
    if (nodeId === base32(this.#ownKey)) throw new ApiError("usage", `${nodeId} is this node itself`);
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {}); // whoever asked is told; the next one goes on
    return done;
  }

  async #keep(contact: Contact): Promise<Contact> {
    await this.#write([{ kind: "contact", contact: storedOf(contact) }]);
    return contact;
  }

  async #write(changes: Parameters<Store["write"]>[0]): Promise<void> {
    try {
      await this.#store.write(changes);
    } catch (error) {
      throw storeFault(error);
    } finally {
      this.#read = null;
    }
  }
}

function newContact(nodeId: string, addedAt: number): Omit<Contact, "name"> {
  return { nodeId, addedAt, verifiedAt: null, verifiedBy: null, policy: "direct" };
}

function contactOf({ path, verifiedBy, ...contact }: StoredContact): Contact {
  const by = contact.verifiedAt === null ? null : (verifiedBy ?? "number"); // there was no other way once
  return { ...contact, verifiedBy: by, policy: path ?? "direct" };
}

function storedOf({ policy, verifiedBy, ...contact }: Contact): StoredContact {
  return { ...contact, ...(verifiedBy === null ? {} : { verifiedBy }), ...(policy === "direct" ? {} : { path: policy }) };
}

function checkedName(text: string): string {
  const name = withoutAt(text);
  if (name !== "" && name.length <= NAME_MAX && !UNFIT.test(name) && !name.includes("@") && name.isWellFormed()) return name;
  throw new ApiError("usage", `"${text}" is no name for a contact: 1 to ${NAME_MAX} characters, without spaces and without @`);
}

function withoutAt(text: string): string {
  return text.replace(/^@/, "").normalize("NFC");
}

function sameName(a: string, b: string): boolean {
  return normalName(a) === normalName(b);
}
