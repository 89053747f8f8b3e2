import {
  ACK,
  AckRecord,
  CHALLENGE,
  CLOSE,
  FRAGMENT,
  HELLO,
  LOOSE,
  MESSAGE,
  PATIENT,
  RESPONSE,
  RecordTable,
  u16At,
  u32At,
} from "../../wire/index.ts";
import type { Instant } from "../time.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import { PATIENT_ACK_MS, RECEIVE_BYTES_MAX } from "./limits.ts";
import { ReceiveBudget } from "./receive-budget.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { type FrameRefusal, type Received, type ReceivedMessage, STREAM_IDS } from "./received.ts";
import { ReplayWindow } from "./replay-window.ts";
import type { Sender } from "./sender.ts";

const NO_MESSAGES: ReceivedMessage[] = [];
const NO_BYTES: Uint8Array[] = [];

// One payload is read at a time.
const table = new RecordTable();
const ack = new AckRecord();

/** The receiving half of a transport: records of payloads to messages in order, and acks to the sending half. */
export class Receiver {
  readonly #acks: Acknowledgements;
  readonly #sender: Sender;
  readonly #replay = new ReplayWindow();
  readonly #budget = new ReceiveBudget(RECEIVE_BYTES_MAX);
  readonly #streams = STREAM_IDS.map((id) => new ReceiveStream(id, this.#budget));
  #refusedFrames = 0;

  constructor(acks: Acknowledgements, sender: Sender) {
    this.#acks = acks;
    this.#sender = sender;
  }

  /** Bytes kept of messages that are incomplete or before their turn. */
  get heldBytes(): number {
    return this.#budget.used;
  }

  /** Frames that were not acknowledged, for want of room or because their fragments do not go together. */
  get refusedFrames(): number {
    return this.#refusedFrames;
  }

  mayAccept(counter: number): boolean {
    return this.#replay.mayAccept(counter);
  }

  /** Takes the payload of an authentic frame; one that is wrong anywhere has no effect, but its counter is used. */
  receive(counter: number, payload: Uint8Array, now: Instant): Received | FrameRefusal {
    if (!this.#replay.mayAccept(counter)) return "replay";
    const newest = counter > this.#replay.newest;
    this.#replay.mark(counter);
    if (newest) this.#sender.heard();
    const reason = table.read(payload);
    if (reason !== null) return reason;
    if (!this.#takeAcks(payload, now)) return "bad-ack";
    return this.#takeRecords(counter, payload, newest, now);
  }

  #takeAcks(payload: Uint8Array, now: Instant): boolean {
    for (let index = 0; index < table.count; index++) {
      if (table.types[index] !== ACK) continue;
      if (!ack.read(payload, table.starts[index] as number, table.ends[index] as number)) return false;
      if (!this.#sender.acked(ack, now)) return false;
    }
    return true;
  }

  #takeRecords(counter: number, payload: Uint8Array, newest: boolean, now: Instant): Received {
    let messages = NO_MESSAGES;
    let challenges = NO_BYTES;
    let responses = NO_BYTES;
    let hello = false;
    let close: number | null = null;
    let wanted = false;
    let taken = true;
    let used = false;
    let patient = false;
    for (let index = 0; index < table.count; index++) {
      const type = table.types[index] as number;
      const start = table.starts[index] as number;
      const end = table.ends[index] as number;
      if (type === ACK) continue;
      if (type === HELLO) {
        hello = true;
        continue;
      }
      if (type === PATIENT) {
        patient = true;
        continue;
      }
      used = true;
      switch (type) {
        case MESSAGE:
        case FRAGMENT:
        case LOOSE:
          wanted = true;
          if (messages === NO_MESSAGES) messages = [];
          if (!this.#takeMessage(type, payload, start, end, messages)) taken = false;
          break;
        case CHALLENGE:
          challenges = [...challenges, payload.subarray(start, end)];
          break;
        case RESPONSE:
          responses = [...responses, payload.subarray(start, end)];
          break;
        case CLOSE:
          close = payload[start] as number;
      }
    }
    if (taken) this.#acks.note(counter, newest, wanted, now, patient ? PATIENT_ACK_MS : this.#sender.recovery.rtt.ackDelay);
    else this.#refusedFrames++;
    return { messages, challenges, responses, hello, close, newest, used };
  }

  #takeMessage(type: number, payload: Uint8Array, start: number, end: number, into: ReceivedMessage[]): boolean {
    if (type === LOOSE) {
      into.push({ stream: null, bytes: payload.subarray(start, end) });
      return true;
    }
    const stream = this.#streams[payload[start] as number] as ReceiveStream;
    const seq = u32At(payload, start + 1);
    if (type === MESSAGE) return stream.takeMessage(seq, payload, start + 5, end, into);
    return stream.takeFragment(seq, u16At(payload, start + 5), u16At(payload, start + 7), payload, start + 9, end, into);
  }
}
