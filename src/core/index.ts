/** The door of core: one node as a state machine. */
export * from "./certificates.ts";
export { fitsMessage } from "./commands.ts";
export * from "./config.ts";
export { type ContactNodes, NO_CONTACTS, PATH_POLICIES, type PathPolicy, VERIFIED_BY, type VerifiedBy } from "./contacts.ts";
export { FILE_NAME_BYTES_MAX, type FileInfo, fileIn, PREVIEW_BYTES_MAX } from "./files/announced.ts";
export type { FetchView } from "./files/fetch.ts";
export * from "./files/layout.ts";
export type { KnockFailure, KnockStep } from "./invite/knock.ts";
export type { CodeFailure, CodePurpose, CodeStep } from "./invite/meeting.ts";
export type { InviteView } from "./invite/views.ts";
export * from "./io.ts";
export type { LifetimeFailure, LifetimeReport, LifetimeStep } from "./lifetime-table.ts";
export { dmHash } from "./log/channel-hash.ts";
export { ChannelLog } from "./log/channel-log.ts";
export type { Eyes } from "./log/entry.ts";
export { asSeen, type ChannelHash, type Detail, type Event, eventOf, GENESIS, signEvent } from "./log/event.ts";
export { channelGuid, type EventReason, eventBody, readEvent } from "./log/event-message.ts";
export { EventShelf } from "./log/event-shelf.ts";
export { type EventPlace, type EventRange, type EventReader, type LogCut, type LogRow, type Low, RANGE_MAX } from "./log/event-store.ts";
export { keyOf, type LogName } from "./log/heads.ts";
export { compareOrder, type HybridTime, isAhead, US_PER_MS } from "./log/hlc.ts";
export { INVITED_ROLES, type InvitedRole, inviteDetails, inviteEndDetails } from "./log/invite.ts";
export { type EffectKind, isShown, type Reference, referenceIn, staysWhenDropped } from "./log/kind.ts";
export { NICK_BYTES_MAX, REACTION_BYTES_MAX, STATEMENTS_PER_ADMIN_MAX, TOPIC_BYTES_MAX } from "./log/limits.ts";
export type { Words } from "./log/own-log.ts";
export type { Accepted, Finding, RefusalReason } from "./log/receipt.ts";
export { excerptOf, type Quote, type ShownPost, shownPost } from "./log/shown-post.ts";
export { ROLES, type Role } from "./log/statement.ts";
export { utf8Length } from "./log/text-form.ts";
export type { LogMove } from "./log/unsaved.ts";
export type {
  MailboxChange,
  ParcelReader,
  RestoredMailboxes,
  SlotUsage,
  StoredLeftMark,
  StoredMailboxOwner,
  StoredOwnMailbox,
  StoredParcel,
} from "./mailbox/mailbox-store.ts";
export { isOfMailboxes, ofMailboxes } from "./mailbox/mailbox-store.ts";
export { ParcelShelf } from "./mailbox/parcel-shelf.ts";
export type { RecipientView } from "./mailbox/views.ts";
export type { Dependence, Mapping } from "./nat-class.ts";
export * from "./node.ts";
export type { GrantedRole, OrderPlan, OrderRefusal, RoleOrder } from "./open/orders.ts";
export type { PastView } from "./open/past.ts";
export type { WriteRefusal } from "./open/role-views.ts";
export type { RoleChange } from "./open/role-watch.ts";
export { REQUESTS_MAX, type TalkRequest } from "./open/talks.ts";
export type { Act } from "./open/writing.ts";
export type * from "./post-events.ts";
export { SEALED } from "./private/sealing.ts";
export type {
  Awaited,
  ClosedPlace,
  KeptSealed,
  NodeReader,
  Opened,
  SecretReader,
  StoredPrekey,
  StoredSenderKey,
} from "./private/secret-store.ts";
export { NOBODY_QUIET, QUIETS, type Quiet, type QuietNodes } from "./quiet.ts";
export * from "./store.ts";
export * from "./time.ts";
export type { TrialKind, TrialOutcome } from "./trial-log.ts";
export * from "./view.ts";
