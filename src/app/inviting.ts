/**
 * Invites, on both sides: made and ended by who owns or administers a channel, and used by who comes. A part of the door; what each
 * command means stands in {@link Inviting}. PROTOCOL.md §20.
 */
import {
  type CodePurpose,
  type GrantedRole,
  INVITED_ROLES,
  type InvitedRole,
  type InviteView,
  inviteDetails,
  inviteEndDetails,
  type NodeEvent,
} from "../core/index.ts";
import { base32 } from "../crypto/index.ts";
import { loadRistretto } from "../crypto/ristretto.ts";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import { type Endpoint, type EventId, type Guid, guidFrom, type NodeId } from "../wire/index.ts";
import type { Addresses } from "./addresses.ts";
import { ApiError } from "./api.ts";
import { joinedChannel } from "./asked-channel.ts";
import { type ChannelName, channelLabel, shownName } from "./channel-name.ts";
import type { WordCode } from "./code-words.ts";
import type { Engine } from "./engine.ts";
import { FileDoor } from "./files/file-door.ts";
import { type InviteLink, isLink, linkText, parseLink } from "./invite-link.ts";
import { codeFailureWords, knockFailureWords } from "./knock-words.ts";
import { refusalWords } from "./moderation.ts";
import { newPostId } from "./posting.ts";
import { optionalFlag, optionalId, optionalWhole, optionalWord, text } from "./request.ts";
import { codeText, newWordCode, parseWordCode, secretOf, slotOf } from "./word-code.ts";

export interface Inviting {
  /**
   * Makes an invite: whoever has the link may come in, `uses` (default 1) nodes, for `forMs` (default 7 days) from now on, with the role
   * (default `member`). With `history` they may also read what was said before. With `code` also a word code by which whoever is told it within 10 minutes gets the link, once.
   * @throws `not-allowed`, with an `OrderRefusal` as reason
   */
  invite(request: InviteRequest): Promise<Invited>;
  /** The invites to a channel, the oldest first. */
  invites(request: { channel: string }): Promise<NamedInvite[]>;
  /** Ends an invite, named by the first 4 digits of its id or more: nobody comes in by it any more. @throws `no-such-invite`, `not-allowed` */
  revokeInvite(request: { channel: string; invite: string }): Promise<NamedInvite>;
  /**
   * Comes into a channel by a link, or by a word code that gives one; steps are `code` and `knock` events with the same `ref` (32 hex
   * digits). @throws `bad-invite`, `code-failed` with a `CodeFailure` as reason, `not-let-in` with a `KnockFailure` as reason; then the
   *   node is in the channel only if it was before
   */
  redeem(request: { invite: string; ref?: string; timeoutMs?: number }): Promise<Accepted>;
}

export interface InviteRequest {
  readonly channel: string;
  readonly role?: InvitedRole;
  readonly uses?: number;
  readonly forMs?: number;
  /** They may read what was said before they came, in a private channel. */
  readonly history?: boolean;
  readonly code?: boolean;
}

export interface Invited {
  readonly channelId: string;
  /** The channel, as it is shown. */
  readonly name: string;
  /** Of the event that made the invite. */
  readonly id: string;
  readonly link: string;
  readonly role: InvitedRole;
  readonly uses: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Who comes by it may read what was said before. */
  readonly history: boolean;
  /** The word code, with a place to meet at where there is one; null where none was wanted. */
  readonly code: string | null;
}

export interface NamedInvite extends InviteView {
  readonly byName: string;
  readonly guestNames: readonly string[];
}

export interface Accepted {
  readonly channelId: string;
  /** The channel, as it is shown. */
  readonly name: string;
  readonly role: GrantedRole | "owner";
  /** We may read what was said before: members are asked for the keys. */
  readonly history: boolean;
  readonly invitedBy: string;
  readonly invitedByName: string;
}

const encoder = new TextEncoder();
const DAY_MS = 86_400_000;
const FOR_MS_DEFAULT = 7 * DAY_MS;
const FOR_MS_MIN = 60_000;
const FOR_MS_MAX = 366 * DAY_MS;
const USES_MAX = 10_000;
const SEED_BYTES = 32;
const ACCEPT_MS = 30_000;
const ACCEPT_MS_MAX = 3_600_000;
/** Digits of an invite's id that are enough to name it. */
const ID_DIGITS_MIN = 4;
const SAVED_MS = 1_000;
/** How long a code is good for: two people on the telephone. */
export const CODE_MS = 600_000;
const NOTHING = new Uint8Array(0);

export abstract class Inviter extends FileDoor implements Inviting {
  readonly #engine: Engine;
  readonly #addresses: Addresses;

  constructor(engine: Engine, addresses: Addresses) {
    super(engine);
    this.#engine = engine;
    this.#addresses = addresses;
  }

  async invite(request: InviteRequest): Promise<Invited> {
    const isCode = optionalFlag(request, "code");
    const role = optionalWord(request, "role", INVITED_ROLES) ?? "member";
    const uses = optionalWhole(request, "uses", 1, USES_MAX) ?? 1;
    const forMs = optionalWhole(request, "forMs", FOR_MS_MIN, FOR_MS_MAX) ?? FOR_MS_DEFAULT;
    const history = optionalFlag(request, "history");
    const channel = this.#administered(request, history);
    const { core, now } = this.#engine;
    const seed = randomBytes(SEED_BYTES);
    const key = keyOfInvite(seed);
    const until = Date.now() + forMs;
    const before = new Set(core.invites(channel.id, now).map(({ id }) => id));
    const details = inviteDetails({ key, role, until, uses, ...(history ? { history } : {}) });
    await this.ordered((id) => ({ kind: "order", id, channelId: channel.id, statements: [{ kind: "invite", text: "", details }] }));
    const made = core.invites(channel.id, this.#engine.now).find(({ id, by }) => by === core.nodeId && !before.has(id));
    if (made === undefined) throw new ApiError("not-allowed", "you have lost your role in the channel meanwhile", "not-admin");
    const places = this.#placesFor(channel);
    const link = linkText({ genesis: channel.genesis, inviter: core.nodeId as NodeId, seed, name: channel.plainName, places });
    const code = isCode ? this.#offerByCode(channel.id, made.id, link) : null;
    return { channelId: channel.id, name: channel.name, id: made.id, link, role, uses, until, history, code };
  }

  /** Gives the link to whoever comes with a new code. An invite whose code was not used is known to nobody else, and is ended. */
  #offerByCode(channelId: Guid, invite: EventId, link: string): string {
    const code = newWordCode(this.meetingPlace());
    const met = this.meet({ code, purpose: "invite", role: "host", payload: encoder.encode(link), ref: newPostId(), forMs: CODE_MS });
    const end = async () => {
      const statements = [{ kind: "invite", text: "", details: inviteEndDetails(invite) }];
      await this.ordered((id) => ({ kind: "order", id, channelId, statements }));
    };
    met.catch(end).catch(() => {}); // the node is ending, or out of the channel
    return codeText({ ...code, place: this.meetingPlace() });
  }

  async invites(request: { channel: string }): Promise<NamedInvite[]> {
    const { id } = joinedChannel(this.#engine, request);
    return this.#engine.core.invites(id, this.#engine.now).map((view) => this.#named(view));
  }

  async revokeInvite(request: { channel: string; invite: string }): Promise<NamedInvite> {
    const channel = this.#administered(request);
    const word = text(request, "invite");
    const key = isLink(word) ? keyOfInvite(parseLink(word).seed) : null;
    const digits = key === null ? word.toLowerCase() : "of that link"; // which is a secret
    const all = this.#engine.core.invites(channel.id, this.#engine.now);
    const isMeant = (id: string) => digits.length >= ID_DIGITS_MIN && id.startsWith(digits);
    const [found, ...others] = all.filter((each) => (key === null ? isMeant(each.id) : each.key === key));
    if (found === undefined)
      throw new ApiError("no-such-invite", `#${channel.name} has no invite ${digits}: "ptpchat invite CH --list" shows them`);
    if (others.length > 0) throw new ApiError("usage", `several invites begin with ${digits}: write more digits`);
    if (found.state !== "revoked") {
      const statements = [{ kind: "invite", text: "", details: inviteEndDetails(found.id) }];
      await this.ordered((id) => ({ kind: "order", id, channelId: channel.id, statements }));
    }
    return this.#named({ ...found, state: "revoked" });
  }

  async redeem(request: { invite: string; ref?: string; timeoutMs?: number }): Promise<Accepted> {
    const given = text(request, "invite");
    const link = isLink(given) ? parseLink(given) : null;
    const code = link === null ? parseWordCode(given) : null;
    const ref = optionalId(request, "ref") ?? newPostId();
    const forMs = optionalWhole(request, "timeoutMs", 1, ACCEPT_MS_MAX) ?? ACCEPT_MS;
    if (link !== null) return this.#comeIn(link, ref, forMs);
    const { payload } = await this.meet({ code: code as WordCode, purpose: "invite", role: "guest", payload: NOTHING, ref, forMs });
    return this.#comeIn(parseLink(new TextDecoder().decode(payload)), ref, forMs);
  }

  /** Where somebody who is told a code may look for us; null where only neighbours can be asked. */
  protected meetingPlace(): string | null {
    return this.#engine.peerNames()[0] ?? this.#engine.config.peers[0] ?? null;
  }

  /**
   * Looks for whoever shares a code.
   * @returns who it is, and what the host gives
   * @throws ApiError `code-failed`, `bad-address`, `no-name`
   */
  protected async meet({
    code,
    purpose,
    role,
    payload,
    ref,
    forMs,
  }: Sought): Promise<{ readonly peer: string; readonly payload: Uint8Array }> {
    const group = await loadRistretto();
    const at = role === "host" || code.place === null ? [] : [await this.#addresses.endpoint(code.place)];
    this.#engine.checkRunning();
    const late = () => new ApiError("timeout", `nothing came of the code within ${forMs / 1_000} s`);
    const done = this.#engine.waits.until(`code ${ref}`, forMs + SAVED_MS, codeEnd, late);
    const slot = slotOf(purpose, code);
    this.#engine.command({ kind: "meet", id: ref, purpose, role, slot, prs: secretOf(code), group, payload, at, forMs });
    return done;
  }

  async #comeIn(link: InviteLink, ref: string, forMs: number): Promise<Accepted> {
    const { core, names, config, waits } = this.#engine;
    if (config.rendezvous) throw new ApiError("usage", "a rendezvous represents nobody and joins no channel: use a node (ptpchat start)");
    const at = await this.#endpointsOf(link.places);
    this.#engine.checkRunning();
    const { genesis, inviter, seed, name } = link;
    const channelId = guidFrom(Buffer.from(genesis, "hex"));
    const label = `#${shownName({ id: channelId, name, genesis, pair: null }, core.joined()) || channelId}`;
    const done = waits.until(
      `knock ${ref}`,
      forMs + SAVED_MS,
      (event) => knockEnd(event, label, names.of(inviter)),
      () => new ApiError("timeout", `you are not in ${label} after ${forMs / 1_000} s`),
    );
    this.#engine.command({ kind: "knock", id: ref, channelId, name, genesis, inviter, seed, at, forMs });
    const { role, invitedBy } = await done;
    await this.#engine.kept();
    const joined = core.joined();
    const channel = joined.find(({ id }) => id === channelId);
    return {
      channelId,
      name: channel === undefined ? name : shownName(channel, joined),
      role: role as Accepted["role"],
      history: core.mayReadPast(channelId),
      invitedBy,
      invitedByName: names.of(invitedBy),
    };
  }

  /** Places that have no address now are left out: there are others. */
  async #endpointsOf(places: readonly string[]): Promise<Endpoint[]> {
    const found = await Promise.all(places.map((place) => this.#addresses.endpoint(place).catch(() => null)));
    return found.filter((place) => place !== null);
  }

  #placesFor({ id }: ChannelName): string[] {
    return [...this.#engine.peerNames(), ...this.#engine.core.placesFor(id, this.#engine.now)];
  }

  /** A channel in which the user may invite. @throws ApiError `no-such-channel`, `not-allowed` */
  #administered(
    request: unknown,
    history = false,
  ): ChannelName & { readonly genesis: NonNullable<ChannelName["genesis"]>; readonly plainName: string } {
    this.#engine.checkRunning();
    const channel = joinedChannel(this.#engine, request);
    const refusal = this.#engine.core.inviteRefusal(channel.id, history);
    const label = channelLabel(channel);
    if (refusal !== null || channel.genesis === null)
      throw new ApiError(
        "not-allowed",
        refusalWords(refusal ?? "no-owner", label, "", { act: "grant", role: "member" }),
        refusal ?? "no-owner",
      );
    return { ...channel, genesis: channel.genesis, plainName: this.#engine.core.joinedName(channel.id) ?? "" };
  }

  #named(view: InviteView): NamedInvite {
    const { names } = this.#engine;
    return { ...view, byName: names.of(view.by), guestNames: view.guests.map((id) => names.of(id)) };
  }
}

interface Sought {
  readonly code: WordCode;
  readonly purpose: CodePurpose;
  readonly role: "host" | "guest";
  readonly payload: Uint8Array;
  readonly ref: string;
  readonly forMs: number;
}

function codeEnd(event: NodeEvent): { readonly peer: string; readonly payload: Uint8Array } | undefined {
  if (event.type !== "code") return undefined;
  const { step } = event;
  if (step.step === "failed") throw new ApiError("code-failed", codeFailureWords(step.reason), step.reason);
  return step.step === "done" ? step : undefined;
}

function knockEnd(event: NodeEvent, label: string, inviter: string): { readonly role: string; readonly invitedBy: string } | undefined {
  if (event.type !== "knock") return undefined;
  const { step } = event;
  if (step.step === "failed") throw new ApiError("not-let-in", knockFailureWords(step.reason, label, inviter), step.reason);
  return step.step === "done" ? step : undefined;
}

/** The public half of an invite's key. */
function keyOfInvite(seed: Uint8Array): NodeId {
  return base32(sodiumCrypto.ed25519KeyPair(seed).publicKey) as NodeId;
}
