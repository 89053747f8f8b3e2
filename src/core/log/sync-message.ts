/** What members tell each other besides events, as it travels in `ptp` of a CHANNEL. PROTOCOL.md §13.10. */
import type { Values } from "../../wire/field.ts";
import type { syncFields } from "../../wire/sync.ts";
import type { SyncMessage } from "./sync.ts";

export type SyncData = Values<typeof syncFields>;

/** What a CHANNEL says, in the order in which it is to be heard: heads before what is asked for because of them. */
export function readSync(data: SyncData): SyncMessage[] {
  const messages: SyncMessage[] = [];
  if (data.digest !== undefined) messages.push({ kind: "digest", digest: data.digest });
  if (data.heads !== undefined) {
    messages.push({ kind: "heads", heads: data.heads, whole: data.whole === true, ask: data.ask === true });
  }
  if (data.want !== undefined) messages.push({ kind: "want", ranges: data.want, graft: data.graft === true });
  if (data.served !== undefined) messages.push({ kind: "served", lacking: data.served });
  if (data.prune !== undefined) messages.push({ kind: "prune", authors: data.prune });
  if (data.genesis === true) messages.push({ kind: "genesis" });
  return messages;
}

export function syncData(message: SyncMessage): SyncData {
  switch (message.kind) {
    case "digest":
      return { digest: message.digest };
    case "heads": {
      const heads = message.heads.map(({ author, inst, seq, id, hlc }) => ({ author, inst, seq, id, hlc }));
      return { heads, ...(message.whole ? { whole: true } : {}), ...(message.ask ? { ask: true } : {}) };
    }
    case "want": {
      const want = message.ranges.map(({ author, inst, from, to, id }) => ({ author, inst, from, to, id }));
      return { want, ...(message.graft ? { graft: true } : {}) };
    }
    case "served":
      return { served: [...message.lacking] };
    case "prune":
      return { prune: [...message.authors] };
    case "genesis":
      return { genesis: true };
  }
}
