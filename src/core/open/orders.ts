/**
 * What to write so that somebody has another role, and whether the user's own role allows it: asked before anything is
 * written. A role is taken by ending its term, with all that was said in it, and perhaps beginning another. PROTOCOL.md §13.8.
 */
import type { NodeId } from "../../wire/index.ts";
import { rankOf } from "../log/kind.ts";
import type { LastingChannel } from "../log/lasting-channel.ts";
import type { Words } from "../log/own-log.ts";
import { type Charter, grantDetails, type Role, revokeDetails } from "../log/statement.ts";

export type GrantedRole = Exclude<Role, "owner" | "none">;

/** What the user wants done to the role of a node. */
export type RoleOrder =
  /** @param history - also to read what was sealed before */
  | { readonly act: "grant"; readonly role: GrantedRole; readonly history?: boolean }
  /** Back to what everybody has. */
  | { readonly act: "revoke" }
  /** Out, until somebody lets it in again. */
  | { readonly act: "kick" }
  /** Out, until the owner lets it in again. */
  | { readonly act: "ban" }
  /** In again, with what everybody has. */
  | { readonly act: "unban" };

/** Why an order is not carried out. Stable; each has its line in cli.md. */
export type OrderRefusal =
  | "no-owner" // nobody owns the channel: there are no roles to give
  | "no-genesis" // who owns it is not known yet: no member was reached
  | "not-admin" // the user's role gives and takes none
  | "owner-only" // only the owner makes, lowers and removes admins, and bans
  | "banned" // only the owner lets in again whom it banned
  | "is-owner" // nobody gives to the owner or takes from it
  | "self" // who wants to go leaves
  | "no-past" // there is none that could be shown: it is no private channel, or one that shows it to nobody
  | "not-needed"; // it has no role of its own to take, is not in, or is not out

export interface OrderPlan {
  /** Nothing, where the node has that role already. */
  readonly statements: readonly Words[];
  /** The role that it has then. */
  readonly role: Role;
}

export function planOrder(lasting: LastingChannel, self: NodeId, node: NodeId, order: RoleOrder): OrderPlan | OrderRefusal {
  const { roles } = lasting;
  const refusal = refusalOf(lasting, self, node, order);
  if (refusal !== null) return refusal;
  const now = roles.roleOf(node);
  const everybody = roles.charter.others;
  switch (order.act) {
    case "grant":
      return change(lasting, node, now, order.role, order.history);
    case "revoke":
      if (now === "none" || now === everybody) return "not-needed";
      return everybody === "none" ? end(lasting, node, false) : change(lasting, node, now, everybody as GrantedRole);
    case "kick":
      return now === "none" ? "not-needed" : end(lasting, node, false);
    case "ban":
      return roles.isBanned(node) && now === "none" ? "not-needed" : end(lasting, node, true);
    case "unban":
      if (now !== "none") return "not-needed";
      return change(lasting, node, now, everybody === "none" ? "member" : (everybody as GrantedRole));
  }
}

function refusalOf({ isKnown, roles, ownRole }: LastingChannel, self: NodeId, node: NodeId, order: RoleOrder): OrderRefusal | null {
  if (!isKnown) return "no-genesis";
  if (roles.charter.owner === null) return "no-owner";
  if (rankOf(ownRole) < rankOf("admin")) return "not-admin";
  if (node === roles.charter.owner) return "is-owner";
  if (node === self && order.act !== "grant") return "self";
  if (order.act === "grant" && order.history === true && !showsPast(roles.charter)) return "no-past";
  if (ownRole === "owner") return null;
  if (order.act === "ban" || (order.act === "grant" && order.role === "admin")) return "owner-only";
  if (roles.roleOf(node) === "admin") return "owner-only";
  return roles.isBanned(node) ? "banned" : null;
}

/** True for a channel in which somebody can be given to read what was said before. */
export function showsPast({ isPrivate, keepsPast }: Charter): boolean {
  return isPrivate === true && keepsPast !== true;
}

/** A higher role is one more in the term that there is, a lower one another term. */
function change(lasting: LastingChannel, node: NodeId, now: Role, role: GrantedRole, history = false): OrderPlan {
  const { roles } = lasting;
  if (now === role && !history) return { statements: [], role };
  if (rankOf(role) >= rankOf(now)) return { statements: [grant(node, roles.nextInc(node), role, history)], role };
  const inc = Math.max(roles.nextInc(node), roles.lastInc(node) + 1);
  return { statements: [...end(lasting, node, false).statements, grant(node, inc, role, history)], role };
}

function end({ roles, log }: LastingChannel, node: NodeId, ban: boolean): OrderPlan {
  const details = revokeDetails(node, roles.lastInc(node), log.cutsOf(node), ban);
  return { statements: [{ kind: "revoke", text: "", details }], role: "none" };
}

function grant(node: NodeId, inc: number, role: GrantedRole, history: boolean): Words {
  return { kind: "grant", text: "", details: grantDetails(node, inc, role, null, history) };
}
