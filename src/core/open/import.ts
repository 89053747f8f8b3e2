/**
 * Events out of an archive, proved as if a neighbour had sent them, and by nothing else: an archive is nobody whose word
 * counts, and nobody who could be muted. They are kept and not shown as news. PROTOCOL.md §13.6.
 */
import type { BodyOf, Guid } from "../../wire/index.ts";
import type { ImportOutcome, Ref } from "../io.ts";
import { readEvent } from "../log/event-message.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { carry, clocksOf } from "./carry.ts";

/** What an import waits for: every batch of its events on the disk, or the first that could not be kept. */
export class ImportTally {
  readonly #node: NodeState;
  readonly #ref: Ref;
  readonly #outcomes: ImportOutcome[];
  #open = 1;
  #over = false;

  constructor(node: NodeState, ref: Ref, outcomes: ImportOutcome[]) {
    this.#node = node;
    this.#ref = ref;
    this.#outcomes = outcomes;
  }

  begin(): void {
    this.#open++;
  }

  done(): void {
    if (--this.#open === 0) this.#end(null);
  }

  failed(code: string): void {
    this.#end(code);
  }

  #end(failed: string | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#node.emit({ type: "imported", ref: this.#ref, outcomes: this.#outcomes, failed });
  }
}

/** Takes in events, in an order in which each can be proved when it comes. */
export function importEvents(node: NodeState, ref: Ref, channelId: Guid, bodies: readonly BodyOf<"MESSAGE">[], now: Instant): void {
  const channel = node.channels.get(channelId);
  const open = channel?.joined === true ? channel.open : null;
  const outcomes: ImportOutcome[] = [];
  const tally = new ImportTally(node, ref, outcomes);
  if (channel === undefined || open === null) return tally.failed("not-joined");
  if (node.saving.failed !== null) return tally.failed(node.saving.failed);
  const from = `archive ${ref}`;
  for (const body of bodies) {
    const event = body.channel_id === channelId ? readEvent(node.config.crypto, body, open.hash) : "wrong-channel";
    if (typeof event === "string") {
      outcomes.push(event);
      continue;
    }
    const { outcome, outputs } = open.lasting.takeIn(event, from, clocksOf(node, now));
    outcomes.push(outcome);
    carry(node, channel, open, outputs, now, false, tally);
  }
  open.lasting.log.forgetNeighbour(from);
  tally.done();
}
