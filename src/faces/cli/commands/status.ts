/** `ptpchat status`: how the node is. */
import type { Status } from "../../../app/api.ts";
import { unresolvedWords } from "../../shared/connect-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import { span } from "../../shared/span.ts";
import { storeRemedy } from "../../shared/store-words.ts";
import { warningLines } from "../../shared/warning-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { statusJson } from "../json-views.ts";
import { pairs } from "../table.ts";
import { protectionWords, tcpWords } from "../words.ts";

export async function run(call: Call): Promise<ExitCode> {
  const status = await call.withNode(({ api }) => api.status());
  if (call.json) call.printJson(statusJson(status));
  else call.print(words(status));
  return EXIT.done;
}

function words(status: Status): string {
  const { version, nodeId, name, shownAs, role, udp, mapped, tcp, home, keyProtection, pid, uptimeMs } = status;
  const { peers, sessions, channels, warnings, store, counters, socketErrors, memory } = status;
  return pairs([
    ["node", nodeId],
    ["name", name === "" ? `none: others see ${shownAs} (ptpchat start --name NICK gives one)` : `${name}: others see ${shownAs}`],
    ["role", `${role}, version ${version}, process ${pid}, up ${span(uptimeMs)}, ${Math.round(memory.residentBytes / 1_048_576)} MiB`],
    ["listens on", `udp ${udp}${mapped.length === 0 ? "" : `; from outside at ${mapped.join(", ")}`}; ${tcpWords(tcp)}`],
    ["home", home],
    ["keys", protectionWords(keyProtection)],
    [
      "peers",
      `${peers.live} live of ${peers.known} known${peers.unresolved.length === 0 ? "" : `; ${safeText(unresolvedWords(peers.unresolved))}`}`,
    ],
    ["sessions", `${sessions} encrypted`],
    ["channels", String(channels)],
    ["store", storeWords(store)],
    ["in", `${counters.datagramsIn} datagrams, ${counters.bytesIn} bytes, and ${counters.tcpIn} over TCP: ${counts(counters.received)}`],
    ["out", `${counters.datagramsOut} datagrams, ${counters.bytesOut} bytes, and ${counters.tcpOut} over TCP: ${counts(counters.sent)}`],
    ["dropped", counts(counters.dropped)],
    ["refused", `${counts(socketErrors)} (by the system)`],
    ...warningLines(warnings, Date.now()).map((line) => ["WARNING", line] as const),
  ]);
}

function storeWords({ state, code }: Status["store"]): string {
  if (state === "ok") return "ok";
  return `failed (${code ?? "unknown"}): nothing new is kept. ${storeRemedy(code)}`;
}

function counts(of: Readonly<Record<string, number>>): string {
  const rows = Object.entries(of).filter(([, count]) => count > 0);
  return rows.length === 0 ? "none" : rows.map(([name, count]) => `${name} ${count}`).join(", ");
}
