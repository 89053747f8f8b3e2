/** The door of core: one node as a state machine. */
export * from "./certificates.ts";
export { fitsMessage } from "./commands.ts";
export * from "./config.ts";
export * from "./io.ts";
export { ChannelLog } from "./log/channel-log.ts";
export { type ChannelHash, type Detail, type Event, GENESIS } from "./log/event.ts";
export { channelGuid, type EventReason, eventBody, readEvent } from "./log/event-message.ts";
export { EventShelf } from "./log/event-shelf.ts";
export { type EventPlace, type EventRange, type EventReader, type LogRow, RANGE_MAX } from "./log/event-store.ts";
export { keyOf, type LogName } from "./log/heads.ts";
export { compareOrder, type HybridTime, US_PER_MS } from "./log/hlc.ts";
export { STATEMENTS_PER_ADMIN_MAX } from "./log/limits.ts";
export type { Accepted, Finding, RefusalReason } from "./log/receipt.ts";
export type { LogMove } from "./log/unsaved.ts";
export * from "./node.ts";
export * from "./store.ts";
export * from "./time.ts";
export * from "./view.ts";
