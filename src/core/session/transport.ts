import type { Instant } from "../time.ts";
export type StreamId = 0 | 1 | 2;
export type OutRecord =
  | { readonly type: "challenge" | "response"; readonly data: Uint8Array }
  | { readonly type: "hello" }
  | { readonly type: "close"; readonly reason: number };
export type FrameRefusal = "frame-too-long" | "record-cut" | "bad-record" | "bad-ack" | "replay";
export interface OutPayload {
  readonly counter: number;
  readonly payload: Uint8Array;
}
export interface Received {
  readonly messages: readonly { stream: StreamId | null; bytes: Uint8Array }[];
  readonly challenges: readonly Uint8Array[];
  readonly responses: readonly Uint8Array[];
  readonly hello: boolean;
  readonly close: number | null;
  readonly newest: boolean;
  readonly used: boolean;
}
export declare class Transport {
  constructor(now: Instant, rttMs?: number);
  send(stream: StreamId, message: Uint8Array): boolean;
  sendLoose(message: Uint8Array): boolean;
  sendHello(): void;
  next(now: Instant, limit: number): OutPayload | null;
  single(records: readonly OutRecord[], now: Instant): OutPayload;
  mayAccept(counter: number): boolean;
  receive(counter: number, payload: Uint8Array, now: Instant): Received | FrameRefusal;
  readonly wakeAt: Instant;
  onTimer(now: Instant): void;
  switchPath(now: Instant): void;
  readonly rttMs: number;
  readonly idle: boolean;
}
