import { address, list, loose, object, text } from "../field.ts";
import { verb } from "../verb.ts";

export const routing = verb(
  "ROUTING",
  { data: "required", acked: false, about: "The neighbours that the sender can communicate with." },
  { nodes: list(object({ address, node_id: loose(text("the neighbour's own id, where known", 64)) }), "live neighbours") },
);
