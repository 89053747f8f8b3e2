/**
 * A channel that lasts, whole: its logs, who may write in them, our own log, and how it is brought to the same state with
 * the neighbours. A part of the node's state machine: things that happened in, what is to be done out. The rules are in the
 * parts; here they meet. PROTOCOL.md §13.
 *
 *   an event comes -> ChannelLog proves it -> Roles learn from it -> `save` -> ... `onSaved` -> Spread passes it on
 */
import type { Crypto, Ed25519KeyPair, RandomBytes } from "../../crypto/index.ts";
import { DEPS_MAX, type EventId, type InstanceId, type NodeId } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import type { Instant, Timestamp } from "../time.ts";
import { ChannelLog } from "./channel-log.ts";
import { Conduct } from "./conduct.ts";
import { type ChannelHash, type Event, type EventFault, GENESIS } from "./event.ts";
import type { EventReader, LogRow } from "./event-store.ts";
import type { Cut, LogHead, LogName } from "./heads.ts";
import type { HybridTime } from "./hlc.ts";
import { type Invite, type InviteEnd, inviteIn } from "./invite.ts";
import { UNSAVED_MAX } from "./limits.ts";
import { isMesh } from "./neighbours.ts";
import { OwnCheck } from "./own-check.ts";
import { OwnLog, type Words } from "./own-log.ts";
import type { Accepted, Finding, Receipt, RefusalReason } from "./receipt.ts";
import { coversBySeq, Roles } from "./roles.ts";
import { pageOf } from "./serve.ts";
import { addKept, type KeptRun, type Push, Spread } from "./spread.ts";
import { type Charter, charterOf, leaveDetails, type Role, type Statement, statementOf } from "./statement.ts";
import { type Sent, Sync, type SyncMessage } from "./sync.ts";
import { toHex } from "./text-form.ts";
import type { LogMove, Mark } from "./unsaved.ts";

export interface ChannelOptions {
  readonly crypto: Crypto;
  readonly random: RandomBytes;
  readonly channel: ChannelHash;
  /** Null while we have no more than the channel's name: until its genesis comes, nothing else is taken. */
  readonly charter: Charter | null;
  readonly reader: EventReader;
  readonly self: NodeId;
  readonly key: Ed25519KeyPair;
  /** What the store kept: the logs, the instance of ours, and what the owner granted and revoked, or all that anybody did. */
  readonly kept: Kept;
}

export interface Kept {
  readonly inst: InstanceId | null;
  readonly logs: readonly LogRow[];
  readonly statements: Iterable<Event>;
  /** The time up to which events were dropped to make room; absent when none were. */
  readonly horizon?: HybridTime;
}

/** What became of an event that was taken in; `waiting`: nothing of it is kept, since nothing proves it. */
export type TakenIn = "imported" | "held" | "waiting" | "busy" | RefusalReason;

export type ChannelOutput =
  /** Keep these, as one batch: moves first. Answered by `onSaved` with the mark. */
  | {
      readonly kind: "save";
      readonly mark: Mark;
      readonly accepted: readonly Accepted[];
      readonly moves: readonly LogMove[];
      readonly logs: readonly LogRow[];
      readonly inst: InstanceId;
    }
  | { readonly kind: "events"; readonly to: PeerId; readonly events: readonly Event[] }
  | ({ readonly kind: "send" } & Sent)
  | { readonly kind: "finding"; readonly finding: Finding }
  /** The genesis has come; null: it makes a channel of a kind that this version does not know. */
  | { readonly kind: "charter"; readonly charter: Charter | null }
  /** Whoever shows the channel has to look at everything anew: roles, or which branch counts, have changed. */
  | { readonly kind: "roles-changed"; readonly learnt: readonly Learnt[] }
  | { readonly kind: "dropped"; readonly reason: RefusalReason | "muted" | "busy"; readonly from: PeerId };

/** Both clocks of a step. */
export interface Clocks {
  readonly now: Instant;
  readonly wall: Timestamp;
}

/** A statement that may have changed roles, or says something of an invite, and the event that made it. */
export interface Learnt {
  readonly event: Event;
  readonly statement: Statement | Invite | InviteEnd;
}

/** How much we know of what the channel is. */
type Knowing = "nothing" | "charter" | "unfit";

export class LastingChannel {
  readonly log: ChannelLog;
  roles: Roles;
  readonly sync: Sync;
  readonly spread: Spread;
  readonly #own: OwnLog;
  readonly #check: OwnCheck;
  readonly #conduct = new Conduct();
  readonly #reader: EventReader;
  readonly #random: RandomBytes;
  readonly #unsaved = new Map<Mark, KeptRun>();
  #knowing: Knowing;
  #genesis: Event | null = null;
  /** Neighbours that were met before the genesis came. */
  readonly #early = new Set<PeerId>();

  constructor({ crypto, random, channel, charter, reader, self, key, kept }: ChannelOptions) {
    const chance = () => (random(4).reduce((sum, byte) => sum * 256 + byte, 0) >>> 0) / 2 ** 32;
    this.#reader = reader;
    this.#random = random;
    this.#knowing = charter === null ? "nothing" : "charter";
    this.roles = this.#rolesBy(charter ?? NO_CHARTER);
    this.log = new ChannelLog(
      channel,
      crypto,
      reader,
      (name) => (this.isKnown ? this.roles.cutOf(name) : null),
      ({ author }) => !this.isKnown || this.roles.hasRuled(author),
    );
    this.log.horizon = kept.horizon ?? 0;
    this.log.restore(kept.logs);
    for (const event of kept.statements) this.#learn(event);
    const inst = kept.inst ?? (toHex(random(8)) as InstanceId);
    this.#own = new OwnLog(crypto, channel, self, key, inst, this.log.headOf({ author: self, inst }));
    this.log.own = this.#own.name;
    this.#check = new OwnCheck(kept.inst !== null);
    this.sync = new Sync(this.log, chance);
    this.spread = new Spread(self, chance);
  }

  // ---- neighbours ----

  /** @param memberCount - members of the channel, ourselves included, as far as is known */
  meet(peer: PeerId, memberCount: number, { now }: Clocks): ChannelOutput[] {
    this.spread.isMesh = isMesh(memberCount);
    this.spread.meet(peer);
    this.#check.meet(peer, now);
    if (this.isKnown) return sends(this.sync.meet(peer, now));
    this.#early.add(peer);
    return this.#askForGenesis(peer);
  }

  lose(peer: PeerId): void {
    this.#early.delete(peer);
    this.sync.lose(peer);
    this.#check.lose(peer);
    this.spread.lose(peer);
    this.log.forgetNeighbour(peer);
  }

  // ---- in ----

  /** An event from a neighbour. */
  receive(event: Event, from: PeerId, { now, wall }: Clocks): ChannelOutput[] {
    if (this.#conduct.isMuted(from, now)) return [{ kind: "dropped", reason: "muted", from }];
    if (this.#unsaved.size >= UNSAVED_MAX) return [{ kind: "dropped", reason: "busy", from }];
    if (!this.isKnown && event.kind !== GENESIS) return [{ kind: "dropped", reason: "not-wanted", from }];
    const receipt = this.log.receive(event, from);
    switch (receipt.kind) {
      case "waiting":
        return [];
      case "held":
        return sends(this.spread.onDuplicate(event, from, this.sync.isAsked(from)));
      case "refused":
        if (receipt.reason === "bad-signature") this.#conduct.strike(from, now);
        return [{ kind: "dropped", reason: receipt.reason, from }];
      case "accepted":
        for (const each of receipt.accepted) this.#own.clock.hear(each.event.hlc, wall);
        return this.#take(receipt, from, now);
    }
  }

  /** An event that no neighbour sent: it is proved like any other, and whoever gave it is nobody to be muted. */
  takeIn(event: Event, from: string, { now, wall }: Clocks): { readonly outcome: TakenIn; readonly outputs: ChannelOutput[] } {
    if (this.#unsaved.size >= UNSAVED_MAX) return { outcome: "busy", outputs: [] };
    const receipt = this.log.receive(event, from);
    if (receipt.kind === "refused") return { outcome: receipt.reason, outputs: [] };
    if (receipt.kind !== "accepted") return { outcome: receipt.kind, outputs: [] };
    for (const each of receipt.accepted) this.#own.clock.hear(each.event.hlc, wall);
    return { outcome: "imported", outputs: this.#take(receipt, from, now) };
  }

  /** What a neighbour says besides events. */
  hear(message: SyncMessage, from: PeerId, { now }: Clocks): ChannelOutput[] {
    if (!this.isKnown) return message.kind === "digest" ? this.#askForGenesis(from) : [];
    switch (message.kind) {
      case "digest":
        if (message.digest === this.log.digest()) this.#check.agree(from);
        return sends(this.sync.onDigest(from, message.digest, now));
      case "heads":
        this.spread.noteHeads(from, message.heads);
        if (message.whole && !message.heads.some((head) => this.#isUnknownOwn(head))) this.#check.agree(from);
        return sends(this.sync.onHeads(from, message, now));
      case "want": {
        if (!this.sync.mayAsk(from, now)) return [{ kind: "dropped", reason: "busy", from }];
        if (message.graft) this.spread.onGraft(from, [...new Set(message.ranges.map(({ author }) => author))]);
        const { events, lacking } = pageOf(this.log, message.ranges);
        const answer: ChannelOutput = { kind: "send", to: from, message: { kind: "served", lacking } };
        return events.length === 0 ? [answer] : [{ kind: "events", to: from, events }, answer];
      }
      case "served":
        return sends(this.sync.onServed(from, message.lacking, now));
      case "prune":
        this.spread.onPrune(from, message.authors);
        return [];
      case "genesis":
        if (!this.sync.mayAsk(from, now)) return [{ kind: "dropped", reason: "busy", from }];
        return this.genesis === null ? [] : [{ kind: "events", to: from, events: [this.genesis] }];
    }
  }

  /**
   * Writes an event of ours; `flush` signs and saves all that were written in one step.
   * @param after - the time of an event that these words mean: theirs is later, or it would not count
   * @returns the event, or why these words cannot be one
   */
  write(words: Words, { wall }: Clocks, after: HybridTime = 0): Event | EventFault {
    this.#own.clock.hear(after, wall);
    if (this.#mustBegin(wall)) this.#begin();
    this.#check.end();
    const deps = this.log.takeUnnamed(DEPS_MAX, wall).map(({ id }) => id);
    return this.#own.write(words, deps, wall);
  }

  /** A time later than all that we know. */
  clock(wall: Timestamp): HybridTime {
    return this.#own.clock.next(wall);
  }

  /** False while neighbours may still tell that our disk is an old backup: what is written meanwhile could fork our log. */
  mayWrite({ now }: Clocks): boolean {
    return this.#check.isOver(now);
  }

  /** True while nobody could tell yet whether our disk is an old backup. */
  get isUnchecked(): boolean {
    return this.#check.isPending;
  }

  /** True when what was written has to be flushed before more is: no more goes under one signature, or a new log begins. */
  mustFlush({ wall }: Clocks): boolean {
    return this.#own.isFull || this.#mustBegin(wall);
  }

  flush({ now }: Clocks): ChannelOutput[] {
    const events = this.#own.take();
    return events.length === 0 ? [] : this.#take(this.log.append(events), null, now);
  }

  /** Begins a channel of our own with the genesis that we have just written. */
  found(genesis: Event, { now }: Clocks): ChannelOutput[] {
    this.#own.follow(genesis);
    return this.#take(this.log.append([genesis]), null, now);
  }

  /** Writes that we leave for good. Should we come back, we go on in a new log: this one ends here. */
  leave(clocks: Clocks): ChannelOutput[] {
    const { author, inst } = this.#own.name;
    const cuts = this.log.cutsOf(author).filter(([other]) => other !== inst);
    this.write({ kind: "leave", text: "", details: leaveDetails(this.roles.lastInc(author), cuts) }, clocks);
    const outputs = this.flush(clocks);
    this.#begin();
    return outputs;
  }

  /** True once the genesis is here, or where there is none; until then nothing can be said or proved. */
  get isKnown(): boolean {
    return this.#knowing === "charter";
  }

  /** Null where there is none, or it is not here. */
  get genesis(): Event | null {
    if (this.roles.charter.owner === null) return null;
    this.#genesis ??= this.#reader.event(this.log.channel, this.log.channel as string as EventId);
    return this.#genesis;
  }

  /** The role in which we would write now. */
  get ownRole(): Role {
    return this.roles.roleOf(this.#own.name.author);
  }

  /** True while nothing that is known gives us a role, or took one from us. */
  get isNewcomer(): boolean {
    return this.ownRole === "none" && !this.roles.wasRevoked(this.#own.name.author);
  }

  /**
   * True while who brought us the genesis may have a role that has not come yet: our own grant, which is newer than its own, comes before that, and without
   * the rest there would be nobody to hear it from.
   */
  mayBeMember(bringer: NodeId): boolean {
    const { roles, log } = this;
    if (this.isNewcomer) return true;
    return !roles.wasRevoked(bringer) && log.holes().some(({ author }) => roles.hasRuled(author));
  }

  /** What was saved under `marks` is on the disk: now others get it. */
  onSaved(marks: readonly Mark[], { now }: Clocks): ChannelOutput[] {
    const kept: KeptRun[] = [];
    this.log.settle(...marks);
    for (const mark of marks) {
      const batch = this.#unsaved.get(mark);
      this.#unsaved.delete(mark);
      if (batch !== undefined) addKept(kept, batch);
    }
    const asked = sends(this.sync.onKept(now));
    return [...kept.flatMap(({ events, from }) => pushes(this.spread.onKept(events, from, now))), ...asked];
  }

  get wakeAt(): Instant {
    return Math.min(this.sync.wakeAt, this.spread.wakeAt);
  }

  tick({ now }: Clocks): ChannelOutput[] {
    return sends([...this.sync.tick(now), ...this.spread.tick(now)]);
  }

  // ---- within ----

  #take(receipt: Receipt, from: PeerId | null, now: Instant): ChannelOutput[] {
    if (receipt.kind !== "accepted") return [];
    const { mark, accepted, moves, findings } = receipt;
    const events = accepted.map(({ event }) => event);
    this.#unsaved.set(mark, { events, from });
    const founded = events.flatMap((event) => (event.kind === GENESIS ? this.#adopt(event, now) : []));
    const learnt = events.flatMap((event) => this.#learn(event) ?? []);
    this.sync.noteTaken(from, now);
    const isRolledBack = findings.some(({ kind }) => kind === "rolled-back");
    const unsaved = isRolledBack ? this.#own.take() : []; // what was written before we knew belongs to the old story
    if (isRolledBack) this.#begin();
    const out: ChannelOutput[] = [
      { kind: "save", mark, accepted, moves, logs: this.log.takeChanged(), inst: this.#own.name.inst },
      ...findings.map((finding) => ({ kind: "finding", finding }) as const),
      ...founded,
    ];
    if (learnt.length > 0) this.log.forgetHeads();
    if (learnt.length > 0 || moves.length > 0 || findings.some(({ kind }) => kind === "fork")) out.push({ kind: "roles-changed", learnt });
    if (unsaved.length > 0) out.push(...this.#take(this.log.append(unsaved), null, now));
    return out;
  }

  #rolesBy(charter: Charter): Roles {
    return new Roles(charter, (name, cut, at) => this.#covers(name, cut, at));
  }

  /** Takes the charter from the genesis, where we had none. Those that were met before hear now how far we are. */
  #adopt(genesis: Event, now: Instant): ChannelOutput[] {
    this.#genesis = genesis;
    if (this.#knowing !== "nothing") return [];
    const charter = charterOf(genesis);
    this.#knowing = charter === null ? "unfit" : "charter";
    if (charter === null) return [{ kind: "charter", charter }];
    this.roles = this.#rolesBy(charter);
    this.log.forgetHeads();
    return [{ kind: "charter", charter }, ...sends([...this.#early].flatMap((peer) => this.sync.meet(peer, now)))];
  }

  #askForGenesis(to: PeerId): ChannelOutput[] {
    return this.#knowing === "unfit" ? [] : sends([{ to, message: { kind: "genesis" } }]);
  }

  /** True for a head of the log that we write which our disk does not have. */
  #isUnknownOwn(head: LogHead): boolean {
    const { author, inst } = this.#own.name;
    return head.author === author && head.inst === inst && !this.log.isHeld(head);
  }

  /** What we write in a log that a revoke has ended does not count: where we take part again, we do so in a new one. */
  #mustBegin(wall: Timestamp): boolean {
    return this.#own.mustBegin(wall) || (this.roles.cutOf(this.#own.name) !== null && this.ownRole !== "none");
  }

  /** Our log goes on in a new instance. */
  #begin(): void {
    this.#check.end();
    this.#own.begin(toHex(this.#random(8)) as InstanceId);
    this.log.own = this.#own.name;
  }

  /** Takes what an event says about members; null when it says nothing. */
  #learn(event: Event): Learnt | null {
    const invite = inviteIn(event);
    if (invite !== null) {
      this.roles.addInvite(invite);
      return { event, statement: invite };
    }
    const statement = statementOf(event);
    if (statement === null) return null;
    const again = this.roles.add(statement);
    if (again !== null) for (const each of this.#statementsBy(again)) this.#learn(each);
    return { event, statement };
  }

  #statementsBy(author: NodeId): Event[] {
    const unsaved = [...this.#unsaved.values()].flatMap(({ events }) => events.filter((event) => event.author === author));
    return [...this.#reader.statementsBy(this.log.channel, author), ...unsaved];
  }

  /** True when `at` lies before the cut in its chain, or is it. Of a log that forks only the branch of the cut does. */
  #covers(name: LogName, cut: Cut, at: { readonly seq: number; readonly id: string }): boolean {
    if (cut.id === null || at.seq >= cut.seq || !this.log.isForked(name)) return coversBySeq(name, cut, at);
    const end = this.log.placeOf(name, cut.seq, cut.id);
    const place = this.log.placeOf(name, at.seq, at.id as Event["id"]);
    return end !== null && place !== null && this.log.isBefore(name, place, end);
  }
}

/** Until there is a charter nobody has a role. */
const NO_CHARTER: Charter = { owner: null, others: "none", name: "" };

function sends(sent: readonly Sent[]): ChannelOutput[] {
  return sent.map((each) => ({ kind: "send", ...each }));
}

function pushes(made: readonly Push[]): ChannelOutput[] {
  return made.map((push) => ({ kind: "events", ...push }));
}
