/** Roles for the eye: whose a channel is, what the user may do there, and who has which role. */
import type { Guid, NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import { MEMBERS_MAX } from "../limits.ts";
import type { Event } from "../log/event.ts";
import { mayWrite, rankOf } from "../log/kind.ts";
import type { NodeState } from "../state.ts";
import type { ChannelView, MemberView } from "../view.ts";
import type { OpenChannel } from "./open-channel.ts";
import { type OrderPlan, type OrderRefusal, planOrder, type RoleOrder } from "./orders.ts";

/** What is known of an owner; nothing where there is none. */
export function viewOwner({ genesis, open }: Channel): Pick<ChannelView, "genesis" | "owner" | "others" | "role"> {
  if (genesis === null || open === null) return { genesis: null, owner: null, others: null, role: null };
  const { charter } = open.lasting.roles;
  return { genesis, owner: charter.owner, others: charter.others, role: open.lasting.ownRole };
}

export function viewRole({ genesis, open }: Channel, nodeId: string | null): Pick<MemberView, "role" | "banned" | "forked"> {
  if (open === null || nodeId === null) return { role: null, banned: false, forked: false };
  const forked = open.lasting.log.forkedAuthors().has(nodeId as NodeId);
  if (genesis === null) return { role: null, banned: false, forked };
  const { roles } = open.lasting;
  return { role: roles.roleOf(nodeId as NodeId), banned: roles.isBanned(nodeId as NodeId), forked };
}

/** Those of whom a statement says something, and the owner, who are not here: who was removed stands there too. */
export function viewAbsent(node: NodeState, channel: Channel, listed: readonly MemberView[]): MemberView[] {
  const { genesis, open } = channel;
  if (genesis === null || open === null) return [];
  const { roles } = open.lasting;
  const here = new Set<string>([node.nodeId, ...listed.flatMap(({ nodeId }) => nodeId ?? [])]);
  const named = [...(roles.charter.owner === null ? [] : [roles.charter.owner]), ...roles.named()];
  const absent = [...new Set(named)].filter((each) => !here.has(each)).slice(0, MEMBERS_MAX);
  return absent.map((nodeId) => ({
    endpoint: null,
    nodeId,
    nick: null,
    state: "away",
    via: null,
    heardMsAgo: null,
    ...viewRole(channel, nodeId),
  }));
}

/** Why the user can write nothing of a kind. Stable; each has its line in cli.md. */
export type WriteRefusal = "no-genesis" | "no-role";

/** Why the user cannot write an event of this kind in a channel; null when he can. */
export function writeRefusal(channel: Channel | undefined, kind: string): WriteRefusal | null {
  const open = channel?.open ?? null;
  if (channel?.genesis == null || open === null) return null;
  if (!open.lasting.isKnown) return "no-genesis";
  return mayWrite(open.lasting.ownRole, kind, true) ? null : "no-role";
}

/** True when the user's role is higher than that of the author of a post: then he may take it from view. */
export function mayDelete(channel: Channel | undefined, post: Event): boolean {
  const open = channel?.open ?? null;
  if (channel?.genesis == null || open === null) return false;
  const rank = rankOf(open.lasting.ownRole);
  return rank >= rankOf("admin") && rank > rankOf(open.lasting.roles.roleAt(post));
}

/** @returns what to write, or why nothing is written */
export function planIn(node: NodeState, channelId: Guid, of: string, order: RoleOrder): OrderPlan | OrderRefusal {
  const open: OpenChannel | null = node.channels.get(channelId)?.open ?? null;
  return open === null ? "no-owner" : planOrder(open.lasting, node.nodeId as NodeId, of as NodeId, order);
}
