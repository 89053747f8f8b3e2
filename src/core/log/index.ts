/** The door of channels that last. */

export { type Entry, type Eyes, entryOf, type Reaction } from "./entry.ts";
export { type ChannelHash, type Detail, type Event, type EventFault, eventOf, GENESIS, isSignedByAuthor, signEvent } from "./event.ts";
export { channelGuid, type EventReason, eventBody, readEvent } from "./event-message.ts";
export type { EventRange, EventReader, LogRow } from "./event-store.ts";
export { type Cut, keyOf, type LogHead, type LogHole, type LogName } from "./heads.ts";
export { compareOrder, type HybridTime, isAhead, US_PER_MS } from "./hlc.ts";
export { isEffect, isShown, mayWrite, type Reference, referenceDetail, referenceIn } from "./kind.ts";
export * from "./lasting-channel.ts";
export { Names } from "./names.ts";
export { isMesh, wantsMore } from "./neighbours.ts";
export type { Words } from "./own-log.ts";
export type { Accepted, Finding, RefusalReason } from "./receipt.ts";
export { excerptOf, type Quote, type ShownPost, shownPost } from "./shown-post.ts";
export { type Charter, charterOf, grantDetails, leaveDetails, type Role, revokeDetails } from "./statement.ts";
export type { Missing, SyncMessage } from "./sync.ts";
export { readSync, type SyncData, syncData } from "./sync-message.ts";
export { Timeline, type ViewChange } from "./timeline.ts";
