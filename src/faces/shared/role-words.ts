/** Roles and their changes, as people read of them. */
import type { EventOf, MemberView } from "./door.ts";
import { safeText } from "./safe-text.ts";

type Role = EventOf<"role">["role"];

/** With its article, after "is": `the owner`, `an admin`. */
const ROLES: Readonly<Record<Role, string>> = {
  owner: "the owner",
  admin: "an admin",
  member: "a member",
  reader: "a reader",
  none: "removed",
};

export function roleWords(role: Role): string {
  return ROLES[role];
}

/** `owner`, `admin`; `removed`, `banned` for who is out; nothing where there are no roles. */
export function memberRoleWord({ role, banned }: Pick<MemberView, "role" | "banned">): string {
  if (role === null) return "";
  if (role !== "none") return role;
  return banned ? "banned" : "removed";
}

/** What has happened to somebody's role. @param channel - as it is shown @param self - our own node id */
export function roleChangeWords(change: EventOf<"role">, channel: string, self: string): string {
  const { node, role, before, nodeName, byName, by, banned, invitedBy, history } = change;
  const isSelf = node === self;
  const who = isSelf ? "you" : safeText(nodeName);
  const [is, was] = isSelf ? ["are", "were"] : ["is", "was"];
  const whoDid = by === null || byName === null ? "" : ` by ${by === self ? "you" : safeText(byName)}`;
  const where = safeText(channel);
  const past = history ? " and may read what was said before" : "";
  if (role === before)
    return `${who} may read what was said in ${where} before${isSelf ? " you came" : ""} from now on${whoDid === "" ? "" : `, let${whoDid}`}`;
  if (role !== "none" && invitedBy !== null) return `${invitedWords(change, who, is, where, self)}${past}`;
  if (role !== "none") return `${who} ${is} ${roleWords(role)} of ${where} from now on${past}${whoDid === "" ? "" : `, made so${whoDid}`}`;
  return `${who} ${was} ${banned ? "banned" : "removed"} from ${where}${whoDid}${isSelf ? ": what you say there now counts nowhere" : ""}`;
}

/** Who came by an invite: everybody is to know whose, since whoever holds a link can come. */
function invitedWords(change: EventOf<"role">, who: string, is: string, where: string, self: string): string {
  const { role, invitedBy, inviterName, by, byName } = change;
  const invite = invitedBy === self ? "your invite" : `${safeText(inviterName ?? "")}'s invite`;
  const letIn = by === null || by === invitedBy ? "" : `, let in by ${by === self ? "you" : safeText(byName ?? "")}`;
  return `${who} joined ${where} by ${invite}${letIn}, and ${is} ${roleWords(role)} there`;
}

/** Whose a channel is, and what one may do in it. */
export function charterWords(ownerName: string, others: Role, isOwn: boolean): string {
  const owner = isOwn ? "you own it" : `${safeText(ownerName)} owns it`;
  if (others === "none") return `${owner}; only those read it, and know who is in it, who have a role there`;
  return `${owner}; ${others === "reader" ? "only those write in it to whom that was given" : "everybody may write in it"}`;
}
