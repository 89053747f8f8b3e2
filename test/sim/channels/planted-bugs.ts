/** Members with one bug each, planted around the real channel: what the checkers of the promises have to find. */
import { type ChannelOutput, type Event, type LastingChannel, referenceIn } from "../../../src/core/log/index.ts";
import type { Crypto } from "../../../src/crypto/index.ts";
import type { Save } from "../../../src/sim/channels/disk.ts";
import { ChannelMember, type Ground, type Load, type Look, type MakeMember } from "../../../src/sim/channels/index.ts";
import type { EventId, NodeId } from "../../../src/wire/index.ts";

export interface PlantedBug {
  readonly what: string;
  /** The promises whose checkers must find it. */
  readonly breaks: readonly number[];
  readonly member: new (...given: Parameters<MakeMember>) => ChannelMember;
  /** It shows only where some lie, or where somebody is removed. */
  readonly lying?: number;
  readonly owned?: boolean;
}

/** Every so many batches, events or texts go wrong. */
const SELDOM = 5;

/** True for a fifth of all events, the same ones at every member. */
function isUnlucky(id: EventId): boolean {
  return Number.parseInt(id.slice(0, 8), 16) % SELDOM === 0;
}

/** A member whose outputs are changed before they are carried out. */
abstract class Changed extends ChannelMember {
  protected abstract change(output: ChannelOutput): ChannelOutput | null;

  protected override carry(output: ChannelOutput): void {
    const changed = this.change(output);
    if (changed !== null) super.carry(changed);
  }
}

// ---- disks and what is said of them ----

class TellsBeforeTheFlush extends ChannelMember {
  protected override carry(output: ChannelOutput): void {
    super.carry(output);
    if (output.kind !== "save") return;
    for (const { event } of output.accepted) if (event.author === this.id) this.ground.note({ kind: "saved", by: this.name, id: event.id });
  }
}

class ForgetsTheLastBatch extends ChannelMember {
  #held: [Save, boolean] | null = null;

  protected override keepBatch(save: Save, isOwn: boolean): void {
    if (this.#held !== null) super.keepBatch(...this.#held);
    this.#held = [save, isOwn];
  }

  override crash(kept: number): void {
    this.#held = null;
    super.crash(kept);
    this.#held = null;
  }
}

class DropsBatches extends ChannelMember {
  #count = 0;

  protected override keepBatch(save: Save, isOwn: boolean): void {
    if (++this.#count % SELDOM !== 0) super.keepBatch(save, isOwn);
  }
}

class KeepsNothingWhenFull extends ChannelMember {
  protected override keepBatch(save: Save, isOwn: boolean): void {
    if (this.disk.age < 3 * SELDOM) super.keepBatch(save, isOwn);
  }
}

class BeginsEmpty extends ChannelMember {
  override start(): void {
    this.disk.restore(0);
    super.start();
  }
}

// ---- acknowledgements ----

class AcknowledgesAtOnce extends ChannelMember {
  protected override takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    if (from === event.author) this.ground.send(this, from, { kind: "ack", id: event.id });
    super.takeEvent(channel, event, from);
  }
}

class AcknowledgesWhatItDrops extends ChannelMember {
  protected override takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    if (!isUnlucky(event.id)) super.takeEvent(channel, event, from);
    else if (from === event.author) this.ground.send(this, from, { kind: "ack", id: event.id });
  }
}

class TakesSentForDelivered extends Changed {
  protected change(output: ChannelOutput): ChannelOutput {
    if (output.kind === "events")
      for (const { id, author } of output.events) if (author === this.id) this.delivered(id, output.to as NodeId);
    return output;
  }
}

class TakesTheAckForAnother extends ChannelMember {
  #last: EventId | null = null;

  override write(...words: Parameters<ChannelMember["write"]>): Event | null {
    const event = super.write(...words);
    this.#last = event?.id ?? this.#last;
    return event;
  }

  protected override delivered(id: EventId, from: NodeId): void {
    super.delivered(this.#last ?? id, from);
  }
}

// ---- the exchange ----

class NeverAsks extends Changed {
  protected change(output: ChannelOutput): ChannelOutput | null {
    return output.kind === "send" && output.message.kind === "want" ? null : output;
  }
}

class NeverTells extends Changed {
  protected change(output: ChannelOutput): ChannelOutput | null {
    return output.kind === "send" && (output.message.kind === "digest" || output.message.kind === "heads") ? null : output;
  }
}

class TakesSomeForHeld extends ChannelMember {
  override take(load: Load, from: NodeId): void {
    if (load.kind !== "event" || !isUnlucky(load.event.id)) super.take(load, from);
  }
}

class KeepsItsOwnToItself extends Changed {
  protected change(output: ChannelOutput): ChannelOutput {
    return output.kind === "events" ? { ...output, events: output.events.filter(({ author }) => author !== this.id) } : output;
  }
}

class DeafToRemovals extends ChannelMember {
  protected override takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    if (event.kind !== "revoke" || this.name !== "m1") super.takeEvent(channel, event, from);
  }
}

// ---- once ----

class ShowsWhatComesAgain extends ChannelMember {
  protected override takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    if (channel.log.isHeld(event)) this.show(event);
    super.takeEvent(channel, event, from);
  }
}

class ShowsAllAtAStart extends ChannelMember {
  override start(): void {
    super.start();
    for (const event of this.disk.events.values()) if (event.author !== this.id) this.show(event);
  }
}

class ShowsBeforeAndAfterTheFlush extends ChannelMember {
  protected override takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    if (!channel.log.isHeld(event)) this.show(event);
    super.takeEvent(channel, event, from);
  }
}

class WritesAgainAfterACrash extends ChannelMember {
  readonly #open = new Map<EventId, string>();

  override write(kind: string, text: string, details: Event["details"] = []): Event | null {
    const event = super.write(kind, text, details);
    if (event !== null && kind === "post") this.#open.set(event.id, text);
    return event;
  }

  protected override onKept(channel: LastingChannel, save: Save, isOwn: boolean): void {
    for (const { event } of save.accepted) this.#open.delete(event.id);
    super.onKept(channel, save, isOwn);
  }

  override start(): void {
    super.start();
    const texts = [...this.#open.values()];
    this.#open.clear();
    for (const text of texts) this.write("post", text);
  }
}

// ---- what is shown ----

/** Shows things in another way than the channel's own view. */
abstract class Shows extends ChannelMember {
  protected abstract order(view: readonly EventId[], events: ReadonlyMap<EventId, Event>): readonly EventId[];

  override look(): Look {
    const look = super.look();
    return { ...look, view: this.order(look.view, look.events) };
  }
}

class ShowsTheLastTwice extends Shows {
  protected order(view: readonly EventId[]): readonly EventId[] {
    return [...view, ...view.slice(-1)];
  }
}

class ShowsByArrival extends Shows {
  protected order(view: readonly EventId[], events: ReadonlyMap<EventId, Event>): readonly EventId[] {
    const shown = new Set(view);
    return [...events.keys()].filter((id) => shown.has(id));
  }
}

class ShowsById extends Shows {
  protected order(view: readonly EventId[]): readonly EventId[] {
    return [...view].sort();
  }
}

class ShowsByTheSecond extends Shows {
  protected order(view: readonly EventId[], events: ReadonlyMap<EventId, Event>): readonly EventId[] {
    const second = (id: EventId) => Math.floor((events.get(id)?.hlc ?? 0) / 1_000_000);
    return [...view].sort((a, b) => second(a) - second(b) || (a < b ? -1 : 1));
  }
}

class ShowsAnswersFirst extends Shows {
  protected order(view: readonly EventId[], events: ReadonlyMap<EventId, Event>): readonly EventId[] {
    const answers = view.filter((id) => referenceIn(events.get(id) as Event, "reply") !== null);
    return [...answers, ...view.filter((id) => !answers.includes(id))];
  }
}

class ShowsTheNewestFirst extends Shows {
  protected order(view: readonly EventId[]): readonly EventId[] {
    return [...view].reverse();
  }
}

class ShowsOnlyWhatIsUnlucky extends Shows {
  protected order(view: readonly EventId[]): readonly EventId[] {
    return this.name === "m1" ? view.filter(isUnlucky) : view;
  }
}

// ---- proof ----

class ChecksNoSignature extends ChannelMember {
  protected override cryptoFor(crypto: Crypto): Crypto {
    return { ...crypto, ed25519Verify: () => true };
  }
}

class HidesGaps extends ChannelMember {
  override look(): Look {
    return { ...super.look(), holes: [] };
  }
}

class HidesForks extends Changed {
  protected change(output: ChannelOutput): ChannelOutput | null {
    return output.kind === "finding" && output.finding.kind === "fork" ? null : output;
  }
}

class AccusesAnyone extends ChannelMember {
  protected override show(event: Event): void {
    super.show(event);
    const { author, inst } = event;
    if (isUnlucky(event.id)) this.ground.note({ kind: "finding", by: this.name, finding: { kind: "fork", author, inst } });
  }
}

class AltersWhatItKeeps extends ChannelMember {
  protected override keepBatch(save: Save, isOwn: boolean): void {
    const accepted = save.accepted.map(({ event, branch }) => ({ branch, event: isUnlucky(event.id) ? { ...event, text: "?" } : event }));
    super.keepBatch({ ...save, accepted }, isOwn);
  }
}

class KeepsWhatIsUnproved extends ChannelMember {
  protected override takeEvent(channel: LastingChannel, event: Event, from: NodeId): void {
    super.takeEvent(channel, event, from);
    if (!channel.log.isHeld(event)) this.disk.keep({ accepted: [{ event, branch: 0 }], moves: [], logs: [], inst: null });
  }
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  { what: "a text is told to be saved before it is flushed", breaks: [1], member: TellsBeforeTheFlush },
  { what: "the last batch is not flushed, and a crash takes it", breaks: [1, 2], member: ForgetsTheLastBatch },
  { what: "every fifth batch is told to be kept and is not", breaks: [1, 2, 3, 6], member: DropsBatches },
  { what: "a full disk keeps nothing, and nobody says so", breaks: [1, 2, 3, 6], member: KeepsNothingWhenFull },
  { what: "a start begins with an empty disk", breaks: [1, 2, 4], member: BeginsEmpty },
  { what: "what has come is acknowledged before it is flushed", breaks: [2], member: AcknowledgesAtOnce },
  { what: "what is dropped is acknowledged", breaks: [2, 3, 6], member: AcknowledgesWhatItDrops },
  { what: "what was sent is told to be delivered", breaks: [2], member: TakesSentForDelivered },
  { what: "an ACK is taken for that of a later text", breaks: [2], member: TakesTheAckForAnother },
  { what: "what is missing is not asked for", breaks: [3, 6], member: NeverAsks },
  { what: "nobody tells what he has", breaks: [3, 6], member: NeverTells },
  { what: "some events are thrown away as if they were held", breaks: [3, 6], member: TakesSomeForHeld },
  { what: "an author gives nobody what it wrote", breaks: [3, 6], member: KeepsItsOwnToItself },
  { what: "one member does not hear of removals", breaks: [6], member: DeafToRemovals, owned: true },
  { what: "what comes again is shown again", breaks: [4], member: ShowsWhatComesAgain },
  { what: "a start shows everything again", breaks: [4], member: ShowsAllAtAStart },
  { what: "a text is shown when it comes and when it is kept", breaks: [4], member: ShowsBeforeAndAfterTheFlush },
  { what: "what was not told to be saved before a crash is written again", breaks: [4], member: WritesAgainAfterACrash },
  { what: "the last entry is shown twice", breaks: [4], member: ShowsTheLastTwice },
  { what: "texts are shown in the order in which they came", breaks: [5, 6], member: ShowsByArrival },
  { what: "texts are shown in the order of their ids", breaks: [5], member: ShowsById },
  { what: "texts of one second are shown in any order", breaks: [5], member: ShowsByTheSecond },
  { what: "answers are shown above the rest", breaks: [5], member: ShowsAnswersFirst },
  { what: "the newest texts are shown first", breaks: [5], member: ShowsTheNewestFirst },
  { what: "one member does not show all that it has", breaks: [3, 6], member: ShowsOnlyWhatIsUnlucky },
  { what: "signatures are not checked", breaks: [7], member: ChecksNoSignature, lying: 0.3 },
  { what: "gaps are not shown", breaks: [7], member: HidesGaps },
  { what: "a log with two stories is not marked", breaks: [7], member: HidesForks, lying: 0.3 },
  { what: "honest authors are marked", breaks: [7], member: AccusesAnyone },
  { what: "the disk alters what it keeps", breaks: [7], member: AltersWhatItKeeps },
  { what: "what is not proved is kept", breaks: [7], member: KeepsWhatIsUnproved, lying: 0.3 },
];

/** @param given - for a gathering: all its members have the bug */
export function planted({ member: Member }: PlantedBug): MakeMember {
  return (name, random, ground: Ground) => new Member(name, random, ground);
}
