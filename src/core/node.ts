/**
 * One node as a state machine: `step` takes one input and the time, and returns all that is to be done. It waits for
 * nothing, calls nobody back and leaves nothing to drain; `wakeAt` says when it wants to be stepped next.
 */
import type { Endpoint, Guid, NodeId } from "../wire/index.ts";
import { advanceApproach, approachAnew, tendApproaches } from "./approach/approach.ts";
import { onApproachSocket } from "./approach/knocks.ts";
import { onCandidate } from "./candidates.ts";
import { onCommand } from "./commands.ts";
import type { NodeConfig } from "./config.ts";
import { tendDials } from "./dials.ts";
import { giveOn, onBlockKept, onBlockRead, tendFiles, viewFetches } from "./files/exchange.ts";
import type { FetchView } from "./files/fetch.ts";
import { tendIntroductions } from "./introduction.ts";
import { tendKnocks } from "./invite/knocking.ts";
import { tendMeetings } from "./invite/meet.ts";
import { type InviteView, inviteRefusal, placesFor, viewInvites } from "./invite/views.ts";
import type { Input, Output, SocketId } from "./io.ts";
import { restoreChannel, tendJoins } from "./joining.ts";
import { onLifetimeSocket, tendLifetime } from "./lifetime.ts";
import { PULSE_MS, SLEPT_MS } from "./limits.ts";
import { callPeer, tendEvicted, tendPeers } from "./liveness.ts";
import type { Eyes } from "./log/entry.ts";
import type { Event } from "./log/event.ts";
import type { HybridTime } from "./log/hlc.ts";
import { restoreMailboxes, settleMailboxes, tendMailboxes } from "./mailbox/index.ts";
import { type MailboxesView, type RecipientView, viewMailboxes, viewRecipients } from "./mailbox/views.ts";
import { onMapped } from "./mapped.ts";
import { tendMembers } from "./members.ts";
import { forkedIn, missingIn, tendOpenChannels } from "./open/attend.ts";
import { keepAllGathered } from "./open/carry.ts";
import type { OpenChannel } from "./open/open-channel.ts";
import type { OrderPlan, OrderRefusal, RoleOrder } from "./open/orders.ts";
import { type PastView, pastIn } from "./open/past.ts";
import { mayDelete, planIn, type WriteRefusal, writeRefusal } from "./open/role-views.ts";
import { forgetOldKeys, lockedIn } from "./open/secrecy.ts";
import { eyesOf, topicOf } from "./open/shown.ts";
import { requestsOf, restoreRequests, type TalkRequest, tendRequests } from "./open/talks.ts";
import { advanceOutbox } from "./outbox.ts";
import { onSocketFailed, onSocketOpened, tendPunches } from "./punch.ts";
import { viewReach, viewVainTrials } from "./reach-view.ts";
import { onDatagram, onStreamed } from "./receive.ts";
import { tendRedials } from "./redials.ts";
import { tendLists } from "./routing/listing.ts";
import { tendWays } from "./routing/seeking-ways.ts";
import { viewWays } from "./routing/way-views.ts";
import { onSaved, onSaveFailed, retrySaving } from "./saving.ts";
import { flushSessions } from "./session/frames.ts";
import { tendHandshakes } from "./session/handshake.ts";
import { setClock } from "./session/own-clock.ts";
import { revalidateAll, tendLettersOfAll, tendSessions } from "./session/tend.ts";
import { NodeState } from "./state.ts";
import { onSurveySocket, tendSurvey } from "./survey.ts";
import { onHelpSocket, tendHelp } from "./survey-help.ts";
import { onTcpAccepted, onTcpEnded, onTcpFailed, onTcpOpened, retryTcp, tendTcp } from "./tcp.ts";
import type { Instant } from "./time.ts";
import { flushWaiting } from "./transmit.ts";
import { tendRouting } from "./verbs/routing.ts";
import type {
  ChannelView,
  CountersView,
  JoinedView,
  MemberView,
  PeerView,
  ReachView,
  RouteView,
  SessionView,
  TrialView,
  WayToView,
} from "./view.ts";
import { viewChannels, viewCounters, viewMembersAndRoles, viewPeers, viewRoutes, viewSessions } from "./views.ts";

/** Slower duties than the pulse: members and tables are looked over once in so long. */
const SWEEP_MS = 1_000;

export class Node {
  readonly #state: NodeState;
  #sweepAt: Instant;
  /** When to call `step` with `wake` at the latest. */
  wakeAt: Instant;

  /** @param now - the instant of birth; no later input may be earlier */
  constructor(config: NodeConfig, now: Instant = 0) {
    this.#state = new NodeState(config, now);
    this.#sweepAt = now;
    this.wakeAt = now;
  }

  get nodeId(): string {
    return this.#state.nodeId;
  }

  /** The GUID that old programs know this node by. */
  get guid(): Guid {
    return this.#state.guid;
  }

  /**
   * Takes one input at `now` (monotonic milliseconds) and returns what is to be done, in order.
   * @param more - true when another step follows at once: what is due, and what sessions have to say to all that came,
   *   is left to that one
   */
  step(now: Instant, input: Input, more = false): Output[] {
    this.#take(now, input);
    if (!more) this.#settle(now);
    const { out } = this.#state;
    this.#state.out = [];
    return out;
  }

  /** Does what is due, and lets the sessions speak. */
  #settle(now: Instant): void {
    const node = this.#state;
    keepAllGathered(node, now);
    tendEvicted(node);
    if (now >= node.pulseAt) this.#pulse(now);
    for (let id = node.outboxTimers.take(now); id !== undefined; id = node.outboxTimers.take(now)) {
      const peer = node.peers.get(id);
      if (peer !== undefined) advanceOutbox(node, peer, now);
    }
    settleMailboxes(node, now);
    const { timers, fresh } = node.approaches;
    if (fresh && !node.stopping) tendApproaches(node, now);
    for (let due = timers.take(now); due !== undefined && !node.stopping; due = timers.take(now)) advanceApproach(node, due, now);
    giveOn(node);
    flushSessions(node, now);
    this.wakeAt = Math.min(node.pulseAt, node.outboxTimers.next, node.sessions.timers.next, timers.next);
  }

  #take(now: Instant, input: Input): void {
    const node = this.#state;
    if (input.kind !== "datagram") keepAllGathered(node, now); // what else comes may be about it
    switch (input.kind) {
      case "start":
        return this.#start(now);
      case "datagram":
        return onDatagram(node, input.socket, input.from, input.bytes, now);
      case "wake":
        return;
      case "socket-opened":
        return onOpened(node, input.socket, input.port, now);
      case "socket-failed":
        if (onTcpFailed(node, input.socket, input.code, now)) return;
        if (!isSurveys(node, input.socket, null) && !onApproachSocket(node, input.socket, null, now))
          onSocketFailed(node, input.socket, now);
        return;
      case "tcp-accepted":
        return onTcpAccepted(node, input.socket, input.from, now);
      case "streamed":
        return onStreamed(node, input.socket, input.bytes, now);
      case "tcp-ended":
        return onTcpEnded(node, input.socket, input.code, now);
      case "saved":
        return onSaved(node, input.batch, now);
      case "save-failed":
        return onSaveFailed(node, input.batch, input.code, now);
      case "network":
        approachAnew(node, now);
        retryTcp(node, now);
        return revalidateAll(node, now);
      case "own-endpoints":
        node.ownEndpoints = input.endpoints;
        return;
      case "mapped":
        approachAnew(node, now);
        return onMapped(node, input.transport, input.endpoint, now);
      case "candidate":
        return onCandidate(node, input.endpoint, now);
      case "clock":
        return setClock(node, input.epoch);
      case "block-read":
        return onBlockRead(node, input.read, input.message, now);
      case "block-kept":
        return onBlockKept(node, input.root, input.level, input.index, now);
      case "command":
        return onCommand(node, input.command, now);
    }
  }

  #start(now: Instant): void {
    const node = this.#state;
    const { peers, restored } = node.config;
    for (const endpoint of peers) callPeer(node, endpoint, "configured", now);
    restoreMailboxes(node, now);
    for (const stored of restored.channels) {
      const members = restored.members.filter((member) => member.channelId === stored.id).map((member) => member.endpoint);
      restoreChannel(node, stored, members, now);
    }
    restoreRequests(node);
  }

  #pulse(now: Instant): void {
    const node = this.#state;
    if (now - node.pulseAt >= SLEPT_MS) revalidateAll(node, now);
    node.pulseAt = now + PULSE_MS;
    if (node.stopping) return;
    tendPeers(node, now);
    tendTcp(node, now);
    tendHandshakes(node, now);
    tendSessions(node, now);
    tendOpenChannels(node, now);
    tendKnocks(node, now);
    tendMeetings(node, now);
    tendJoins(node, now);
    tendPunches(node, now);
    tendApproaches(node, now);
    tendSurvey(node, now);
    tendLifetime(node, now);
    tendHelp(node, now);
    tendDials(node, now);
    tendIntroductions(node, now);
    tendRouting(node, now);
    tendLists(node, now);
    tendFiles(node, now);
    for (const network of node.waiting.networks()) flushWaiting(node, network, now);
    if (now >= this.#sweepAt) this.#sweep(now);
  }

  #sweep(now: Instant): void {
    const node = this.#state;
    this.#sweepAt = now + SWEEP_MS;
    tendMembers(node, now);
    node.introductions.expire(now);
    node.routes.expire(now);
    for (const waited of node.waiting.expire(now)) node.drop("no-credit", waited.path.endpoint);
    retrySaving(node, now);
    tendLettersOfAll(node, now);
    tendRedials(node, now);
    forgetOldKeys(node, now);
    tendWays(node, now);
    tendMailboxes(node, now);
    tendRequests(node, now);
  }

  peers(now: Instant): PeerView[] {
    return viewPeers(this.#state, now);
  }

  routes(now: Instant): RouteView[] {
    return viewRoutes(this.#state, now);
  }

  /** Ways over several hops to those whom the user has to do with. */
  ways(now: Instant): WayToView[] {
    return viewWays(this.#state, now);
  }

  channels(now: Instant): ChannelView[] {
    return viewChannels(this.#state, now);
  }

  /** The name of a channel that the user is in; undefined for any other. */
  joinedName(channelId: Guid): string | undefined {
    const channel = this.#state.channels.get(channelId);
    return channel?.joined === true ? channel.name : undefined;
  }

  /** How the events of a channel look to the user now: also of one that he has left, and of one that is not open. */
  eyes(channelId: Guid, now: Instant): Eyes {
    return eyesOf(this.#state, this.#state.channels.get(channelId)?.open ?? this.#left(channelId), now);
  }

  /** An open channel that the user left in this run. */
  #left(channelId: Guid): OpenChannel | null {
    for (const open of this.#state.leftChannels.values()) if (open.id === channelId) return open;
    return null;
  }

  /** The event that gave a channel its topic; null where it has none. */
  topic(channelId: Guid, now: Instant): Event | null {
    const open = this.#state.channels.get(channelId)?.open ?? null;
    const topic = open === null ? null : topicOf(this.#state, open, eyesOf(this.#state, open, now));
    return topic === null || topic.text === "" ? null : topic;
  }

  /** What this node last said that it calls itself in a channel; null where it said nothing there, or it is no open one. */
  ownNick(channelId: Guid): string | null {
    const open = this.#state.channels.get(channelId)?.open ?? null;
    return open === null ? null : (this.#state.events.latest(open.hash, "nick", 1, this.nodeId as NodeId)[0]?.text ?? null);
  }

  /** What is missing of the history of a channel: how much of whom, and how many members were asked. */
  missing(channelId: Guid): { author: string; count: number; asked: number }[] {
    return missingIn(this.#state, channelId);
  }

  /** What waits for its key in a private channel: how much of whom, and how many members were asked for it. */
  locked(channelId: Guid): { author: string; count: number; asked: number }[] {
    return lockedIn(this.#state, channelId);
  }

  /** What was said in a private channel before we came, where it was given to us to read that, and is closed still. */
  past(channelId: Guid, now: Instant): PastView[] {
    return pastIn(this.#state, channelId, now);
  }

  /** True where it was given to us to read what was said before we came. */
  mayReadPast(channelId: Guid): boolean {
    const roles = this.#state.channels.get(channelId)?.open?.lasting.roles;
    return roles !== undefined && roles.historyOf(this.nodeId as NodeId) !== null;
  }

  /** Nodes that are no contacts and want to talk, the oldest first. */
  requests(): TalkRequest[] {
    return requestsOf(this.#state);
  }

  /** Authors who have written two histories in a channel, and when they wrote last (microseconds since 1970). */
  forked(channelId: Guid): { author: string; hlc: HybridTime }[] {
    return forkedIn(this.#state, channelId);
  }

  /** With those that have a role there and are away, or were removed. */
  members(channelId: Guid, now: Instant): MemberView[] {
    return viewMembersAndRoles(this.#state, channelId, now);
  }

  /** The channels that the user is in, by what they are called and known by. */
  joined(): JoinedView[] {
    return this.#state.channels.joined().map(({ id, name, genesis, pair }) => ({ id, name, genesis, pair }));
  }

  /** Why the user cannot write an event of that kind in a channel; null when he can. */
  writeRefusal(channelId: Guid, kind: string): WriteRefusal | null {
    return writeRefusal(this.#state.channels.get(channelId), kind);
  }

  /** True for a post of another that the user may take from view. */
  mayDelete(channelId: Guid, post: Event): boolean {
    return mayDelete(this.#state.channels.get(channelId), post);
  }

  /** What an `order` has to say so that a node gets or loses a role, or why the user cannot have that. */
  plan(channelId: Guid, node: string, order: RoleOrder): OrderPlan | OrderRefusal {
    return planIn(this.#state, channelId, node, order);
  }

  /** Why the user can invite nobody into a channel; null when he can. */
  inviteRefusal(channelId: Guid, history = false): OrderRefusal | null {
    return inviteRefusal(this.#state, channelId, history);
  }

  invites(channelId: Guid, now: Instant): InviteView[] {
    return viewInvites(this.#state, channelId, now);
  }

  /** Where somebody who is invited to a channel may look for those who let him in. */
  placesFor(channelId: Guid, now: Instant): Endpoint[] {
    return placesFor(this.#state, channelId, now);
  }

  /** Where our gateway lets everybody in. */
  mapped(): { readonly udp: Endpoint | null; readonly tcp: Endpoint | null } {
    return { ...this.#state.mapped };
  }

  mailboxes(): MailboxesView {
    return viewMailboxes(this.#state);
  }

  /** For whom what is said in a channel is left in mailboxes, and in which; null where nothing is left. */
  recipients(channelId: Guid, now: Instant): RecipientView[] | null {
    return viewRecipients(this.#state, channelId, now);
  }

  sessions(): SessionView[] {
    return viewSessions(this.#state);
  }

  /** How each peer is reached, and what was tried. */
  reach(now: Instant): ReachView[] {
    return viewReach(this.#state, now);
  }

  /** What was tried of late at places where nobody is known. */
  vainTrials(now: Instant): TrialView[] {
    return viewVainTrials(this.#state, now);
  }

  /** The files that are fetched. */
  fetches(): FetchView[] {
    return viewFetches(this.#state);
  }

  counters(): CountersView {
    return viewCounters(this.#state);
  }
}

/** A further socket is there: for a survey, for helping with one, or for a punch. */
function onOpened(node: NodeState, socket: SocketId, port: number, now: Instant): void {
  if (onTcpOpened(node, socket, now)) return;
  const help = node.surveys.helpAt(socket);
  if (help !== undefined) onHelpSocket(node, help, port, now);
  else if (!isSurveys(node, socket, port) && !onApproachSocket(node, socket, port, now)) onSocketOpened(node, socket, port, now);
}

/** A further socket is there, or (null) is not to be had. @returns false when it is of no survey of ours */
function isSurveys(node: NodeState, socket: SocketId, port: number | null): boolean {
  return onSurveySocket(node, socket, port) || onLifetimeSocket(node, socket, port);
}
