/** What comes out of a frame. */
import type { RecordReason } from "../../wire/index.ts";

/** Control, chat, bulk: in the order in which they go. */
export type StreamId = 0 | 1 | 2;
export const STREAM_IDS = [0, 1, 2] as const;
export const BULK: StreamId = 2;

/** One message; its bytes may lie in the payload that it came in. `stream` is null for a loose one. */
export interface ReceivedMessage {
  readonly stream: StreamId | null;
  readonly bytes: Uint8Array;
}

/** What a frame brought. */
export interface Received {
  readonly messages: readonly ReceivedMessage[];
  readonly challenges: readonly Uint8Array[];
  readonly responses: readonly Uint8Array[];
  readonly hello: boolean;
  /** Why the other side ends the session, or null. */
  readonly close: number | null;
  /** True for the highest counter so far: the other side sends from where this frame came from. */
  readonly newest: boolean;
  /** True when it carried something beyond hello, ack and padding. */
  readonly used: boolean;
}

/** Why a frame whose tag was right has no effect all the same. Its sender does not keep to the protocol, or it is a copy. */
export type FrameRefusal = RecordReason | "replay";
