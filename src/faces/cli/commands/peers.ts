/** `ptpchat peers`: the peers that the node knows. */
import type { PeerView } from "../../shared/door.ts";
import { roundTrip, span } from "../../shared/span.ts";
import { nameWords, wayWords } from "../../shared/who-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { peerJson } from "../json-views.ts";
import { table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const peers = await call.withNode(({ api }) => api.peers());
  if (call.json) for (const peer of peers) call.printJson(peerJson(peer));
  else if (peers.length === 0) call.say("No peers yet. ptpchat connect HOST:PORT reaches one.");
  else call.print(table(["PEER", "KIND", "STATE", "RTT", "PATH"], peers.map(row)));
  return EXIT.done;
}

function row(peer: PeerView): readonly string[] {
  const { kind, rttMs } = peer;
  return [nameWords(peer), kind, stateOf(peer), rttMs === null ? "" : roundTrip(rttMs), wayOf(peer)];
}

/** Who is live was heard within seconds; of the others it matters since when they are not. */
function stateOf({ live, heardMsAgo }: PeerView): string {
  if (live) return "live";
  return heardMsAgo === null ? "never heard" : `silent ${span(heardMsAgo)}`;
}

/** Whom the user named himself, or who came by itself, needs no word. */
function foundWords({ found }: PeerView): readonly string[] {
  if (found === "configured") return ["configured"];
  return found === "lan" ? ["found on this network"] : found === "introduced" ? ["introduced"] : [];
}

/** `direct v4 203.0.113.5:7667, configured`. The name of a bare peer is its endpoint, so that is not said again. */
function wayOf(peer: PeerView): string {
  const { kind, endpoint, family, path, nodeId } = peer;
  const at = kind === "full" && path !== "relay" ? ` ${endpoint}` : "";
  const claimed = kind === "bare" && nodeId !== null ? [`calls itself ${nodeId}`] : [];
  return [`${wayWords(peer)} ${family}${at}`, ...foundWords(peer), ...claimed].join(", ");
}
