/**
 * The fields by which two members of an open channel see what the other lacks, in `ptp` of a CHANNEL inside a session.
 * PROTOCOL.md §13.10.
 */
import { boolean, formatted, integer, list, object, optional } from "./field.ts";
import { digest, eventId, instanceId, nodeId } from "./id.ts";
import { SYNC_HEADS_MAX, SYNC_RANGES_MAX, WHOLE_MAX } from "./limits.ts";

const logName = {
  author: formatted(nodeId, "whose log"),
  inst: formatted(instanceId, "which of the author's logs"),
};

export const syncFields = {
  digest: optional(formatted(digest, "digest of the sender's heads")),
  heads: optional(
    list(
      object({
        ...logName,
        seq: integer("how far it goes", 1, WHOLE_MAX),
        id: formatted(eventId, "the event there"),
        hlc: integer("its time", 0, WHOLE_MAX),
      }),
      "heads of logs that the sender holds",
      SYNC_HEADS_MAX,
    ),
  ),
  whole: optional(boolean("true: these are all heads of the sender")),
  ask: optional(boolean("true: the sender wants ours")),
  want: optional(
    list(
      object({
        ...logName,
        from: integer("the first that is wanted", 1, WHOLE_MAX),
        to: integer("the last", 1, WHOLE_MAX),
        id: formatted(eventId, "the event at `to`"),
      }),
      "events that the sender asks for",
      SYNC_RANGES_MAX,
    ),
  ),
  graft: optional(boolean("true: what those authors write from now on is to come by itself")),
  served: optional(list(formatted(eventId, ""), "ends an answer; the `id` of each range of which there was nothing", SYNC_RANGES_MAX)),
  prune: optional(list(formatted(nodeId, ""), "authors whose events need not come by themselves any more", SYNC_RANGES_MAX)),
} as const;
