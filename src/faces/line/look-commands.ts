/** Slash commands that look around. */
import { channelLabel } from "../shared/channel-word.ts";
import { counted } from "../shared/counted.ts";
import type { PeerView } from "../shared/door.ts";
import { safeText } from "../shared/safe-text.ts";
import { roundTrip } from "../shared/span.ts";
import { storeRemedy } from "../shared/store-words.ts";
import { warningLines } from "../shared/warning-words.ts";
import { memberWords, nameWords, planeWords, wayWords } from "../shared/who-words.ts";
import { padTo, widthOf } from "../shared/width.ts";
import type { Chat } from "./chat.ts";

export async function who(chat: Chat, [name]: readonly string[]): Promise<void> {
  const channel = chat.channelOr(name);
  if (channel === null) return;
  const members = await chat.door.api.members({ channel });
  if (members.length === 0) return chat.screen.quiet(`nobody else is in ${safeText(channel)}, as far as your node knows`);
  const rows = members.map((member) => [nameWords(member), memberWords(member)] as const);
  chat.screen.print(`In ${safeText(channel)} besides you:`, ...columns(rows));
}

export async function channels(chat: Chat): Promise<void> {
  const all = await chat.door.api.channels();
  if (all.length === 0) return chat.screen.quiet("you are in no channel: /join #lobby");
  chat.screen.print(
    ...all.map(
      (view) => `${chat.isCurrent(view.id) ? "*" : " "} ${safeText(channelLabel(view))}  ${view.live} of ${view.members} others here`,
    ),
  );
}

export async function peers(chat: Chat): Promise<void> {
  const all = await chat.door.api.peers();
  if (all.length === 0) return chat.screen.quiet("no peers yet: /connect HOST:PORT, or give a friend your address");
  chat.screen.print(...columns(all.map((peer) => [nameWords(peer), peerWords(peer)] as const)));
}

/** How the node is: where it can be reached, over which ways it talks with whom, and what is wrong. */
export async function status(chat: Chat): Promise<void> {
  const { nodeId, shownAs, udp, home, peers: known, channels: joined, sessions, warnings, store } = await chat.door.api.status();
  const full = (await chat.door.api.peers()).filter(({ kind }) => kind === "full");
  chat.screen.print(
    `Node ${nodeId}, which others see as ${safeText(shownAs)}`,
    `Listens on UDP ${udp}; home ${safeText(home)}`,
    `${known.live} of ${counted(known.known, "peer")} here, ${counted(sessions, "encrypted session")}; in ${counted(joined, "channel")}`,
    ...columns(full.map((peer) => [nameWords(peer), peerWords(peer)] as const)),
    store.state === "ok"
      ? "What you say is kept on this disk"
      : `The store failed (${safeText(store.code ?? "unknown")}): nothing new is kept. ${storeRemedy(store.code)}`,
    ...warningLines(warnings, Date.now()).map((line) => `Warning: ${line}`),
  );
}

/** `here, encrypted, direct, v4, 0.4 ms`. */
function peerWords(peer: PeerView): string {
  const { live, family, rttMs } = peer;
  return [live ? "here" : "silent", planeWords(peer), wayWords(peer), family, ...(rttMs === null ? [] : [roundTrip(rttMs)])].join(", ");
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, words]) => `  ${padTo(name, width)}  ${words}`);
}
