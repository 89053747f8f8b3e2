import { address, extension, formatted, integer, list, loose, object, optional, text } from "../field.ts";
import { nodeId, signature } from "../id.ts";
import { LIST_EXPIRY_MAX, LISTED_MAX, WHOLE_MAX } from "../limits.ts";
import { verb } from "../verb.ts";

export const routing = verb(
  "ROUTING",
  {
    data: "required",
    acked: false,
    about: "The neighbours that the sender can communicate with, or the signed list of some node's. One of the two must be there.",
    refuse: ({ nodes, ptp }) => (nodes === undefined && ptp === undefined ? "bad-data" : null),
  },
  {
    nodes: optional(list(object({ address, node_id: loose(text("the neighbour's own id, where known", 64)) }), "live neighbours")),
    ptp: extension({
      node: formatted(nodeId, "whose list it is, and who signed it"),
      seq: integer("counts up: the list with the highest is the newest", 0, WHOLE_MAX),
      exp: integer("seconds for which it is good, from its receipt on", 1, LIST_EXPIRY_MAX),
      nb: list(formatted(nodeId, ""), "nodes to which it carries for others", LISTED_MAX),
      sig: formatted(signature, "by `node` over the values before (§17.1)"),
    }),
  },
);
