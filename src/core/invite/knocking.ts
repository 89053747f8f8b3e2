/**
 * Coming in by an invite: looks for members at the places that the link names, shows each that it holds the invite, and is done once
 * the channel itself says that we are in. The word of a member alone is believed of nothing that lasts. PROTOCOL.md §20.4.
 *
 * 1. Until somebody has let us in we are in no channel, and nothing is kept of it.
 * 2. A refusal of one is not that of all: others are waited for a moment.
 * 3. Where we were let in and are not shown the channel in time, we leave it.
 */
import { base32 } from "../../crypto/index.ts";
import type { BodyOf, Endpoint, NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import { reachOver } from "../dials.ts";
import type { Command, PeerId } from "../io.ts";
import { joinChannel, leaveChannel, pathsKept, sayLeave, tendJoins } from "../joining.ts";
import { callPeer } from "../liveness.ts";
import { rankOf } from "../log/kind.ts";
import type { Role } from "../log/statement.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import { type Instant, NEVER } from "../time.ts";
import type { Knock, KnockFailure, KnockStep } from "./knock.ts";
import { KNOCK_AGAIN_MS, REFUSED_MS, UNKNOWN_MS } from "./limits.ts";
import { prove } from "./proof.ts";
import type { Verdict } from "./verdict.ts";

/** Begins to come in; steps are told as `knock` events with the same `id`, the last one `done` or `failed`. */
export function beginKnock(
  node: NodeState,
  { id: ref, channelId, name, genesis, inviter, seed, at, forMs }: Extract<Command, { kind: "knock" }>,
  now: Instant,
): void {
  const channel = node.channels.openOwn(channelId, name);
  if (channel.knock !== null) tell(node, channel, channel.knock, { step: "failed", reason: "replaced" });
  const key = node.config.crypto.ed25519KeyPair(seed);
  channel.genesis ??= genesis;
  channel.knock = { ref, key, inviter, until: now + forMs, wasIn: channel.joined, asked: new Map(), failAt: NEVER, told: "done" };
  tell(node, channel, channel.knock, { step: "looking" });
  for (const path of placesToAsk(node, at, now)) {
    if (path.peer === null) continue;
    const target = node.channels.putTarget(channel, path.peer.id, now);
    target.nextAt = now;
    target.tries = 0;
  }
  tendKnock(node, channel, channel.knock, now);
  tendJoins(node, now);
}

/** Where the link says, and whoever is a neighbour anyway. */
export function placesToAsk(node: NodeState, at: readonly Endpoint[], now: Instant): Path[] {
  const named = at.map((endpoint) => callPeer(node, endpoint, "asked", now)).filter((path) => path !== null);
  return [...named, ...pathsKept(node, ({ keep }, { session }) => keep !== null && (keep !== "lan" || session !== null))];
}

/** Called at every pulse. */
export function tendKnocks(node: NodeState, now: Instant): void {
  for (const channel of [...node.channels.all()]) if (channel.knock !== null) tendKnock(node, channel, channel.knock, now);
}

function tendKnock(node: NodeState, channel: Channel, knock: Knock, now: Instant): void {
  const given = givenBy(channel, knock);
  if (given !== null) return finish(node, channel, knock, given);
  if (now >= Math.min(knock.until, knock.failAt)) return fail(node, channel, knock, now);
  lookForInviter(node, channel, knock, now);
  for (const target of channel.targets.values()) {
    const { asked } = knock;
    const before = asked.get(target.peer);
    if (node.peers.get(target.peer)?.session == null || (before !== undefined && now - before.at < KNOCK_AGAIN_MS)) continue;
    target.nextAt = now; // as long as nobody has let us in it may be told again, by whoever could not
  }
}

/** Somebody may know the inviter by its id, wherever it is now. */
function lookForInviter(node: NodeState, channel: Channel, { inviter }: Knock, now: Instant): void {
  const session = node.sessions.of(inviter);
  const peer = session?.peer ?? reachOver(node, inviter, null, now)?.peer;
  if (peer != null) node.channels.putTarget(channel, peer.id, now);
}

/** What a JOIN to whoever is at the end of a path shows of the invite that we come with; nothing in the clear. */
export function shownInvite(node: NodeState, { knock, genesis }: Channel, { peer }: Path): Pick<Extension, "inv_pub" | "proof"> {
  const epoch = peer?.session?.sending;
  if (knock === null || genesis === null || epoch === undefined) return {};
  const proof = prove(node.config.crypto, knock.key, { channel: genesis, joiner: node.nodeId as NodeId, hash: epoch.hash });
  return { inv_pub: base32(knock.key.publicKey) as NodeId, proof };
}

type Extension = NonNullable<BodyOf<"JOIN">["ptp"]>;

/** A JOIN that shows it has left. */
export function noteShown(node: NodeState, channel: Channel, peer: PeerId, now: Instant): void {
  const { knock } = channel;
  if (knock === null || node.peers.get(peer)?.session == null) return;
  knock.asked.set(peer, { verdict: knock.asked.get(peer)?.verdict ?? null, at: now });
  if (knock.told === "looking") tell(node, channel, knock, { step: "asking" });
}

/** What a member says to our invite. One that we did not ask is not heard. */
export function onVerdict(node: NodeState, channel: Channel, peer: Peer, verdict: Verdict, now: Instant): void {
  const { knock } = channel;
  const asked = knock?.asked.get(peer.id);
  if (knock === null || asked === undefined) return node.drop("invite-stray", peer.endpoint);
  knock.asked.set(peer.id, { ...asked, verdict });
  if (verdict === "admitted") enter(node, channel, knock, peer, now);
  else if (isFinal(verdict)) knock.failAt = Math.min(knock.failAt, now + REFUSED_MS);
  else if (verdict === "unknown" || verdict === "proof") knock.failAt = Math.min(knock.failAt, now + UNKNOWN_MS);
}

/** Nothing that time would change; though whoever says it may lie. */
function isFinal(verdict: Verdict): boolean {
  return verdict === "expired" || verdict === "used" || verdict === "revoked" || verdict === "removed";
}

/** Somebody says that we are in: the channel has to show it. */
function enter(node: NodeState, channel: Channel, knock: Knock, from: Peer, now: Instant): void {
  knock.failAt = NEVER;
  if (knock.told !== "fetching") tell(node, channel, knock, { step: "fetching", from: from.id });
  if (channel.joined || channel.genesis === null) return;
  joinChannel(node, { channelId: channel.id, name: channel.name, at: [], genesis: channel.genesis }, now);
  for (const target of channel.targets.values()) target.nextAt = now;
  tendJoins(node, now);
}

/** What the channel itself gives us by the invite; null while it does not, or that is not known. */
function givenBy({ open }: Channel, { key }: Knock): { readonly role: Role; readonly invitedBy: NodeId } | null {
  if (open === null || !open.lasting.isKnown) return null;
  const { roles, ownRole: role } = open.lasting;
  const name = base32(key.publicKey);
  const invite = roles.invites().find((each) => each.key === name);
  return invite === undefined || rankOf(role) < rankOf(invite.role) ? null : { role, invitedBy: invite.by.author };
}

function finish(node: NodeState, channel: Channel, knock: Knock, given: { readonly role: Role; readonly invitedBy: NodeId }): void {
  channel.knock = null;
  tell(node, channel, knock, { step: "done", ...given });
}

function fail(node: NodeState, channel: Channel, knock: Knock, now: Instant): void {
  channel.knock = null;
  tell(node, channel, knock, { step: "failed", reason: failureOf(knock) });
  if (knock.wasIn) return;
  if (channel.joined) return leaveChannel(node, channel.id, now);
  sayLeave(node, channel, now);
  channel.targets.clear();
  channel.genesis = null;
  node.channels.sweep(channel);
}

/** What says most to whoever holds the link. */
const TELLING = ["removed", "revoked", "used", "expired", "unknown", "proof", "busy"] as const;

function failureOf({ asked, told }: Knock): KnockFailure {
  const verdicts = new Set([...asked.values()].map(({ verdict }) => verdict));
  if (told === "fetching") return "not-shown";
  return TELLING.find((verdict) => verdicts.has(verdict)) ?? (verdicts.has("unable") ? "no-admin" : "nobody");
}

function tell(node: NodeState, channel: Channel, knock: Knock, step: KnockStep): void {
  knock.told = step.step;
  node.emit({ type: "knock", ref: knock.ref, channelId: channel.id, step });
}
