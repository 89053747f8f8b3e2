import { addressOf, boolean, extension, farEnd, formatted, list, nearEnd, optional } from "../field.ts";
import { instanceId, word } from "../id.ts";
import { OFFERED_MAX } from "../limits.ts";
import { verb } from "../verb.ts";

export const connect = verb(
  "CONNECT",
  { data: "required", acked: false, about: "Opens a path between two nodes that both know the receiver of steps 1 and 3." },
  {
    dst: farEnd,
    src: nearEnd,
    ptp: extension({
      far: optional(addressOf("the HELLO endpoint, as S knows it, of the party named in `dst`; in steps 1, 2 and 4")),
      approach: optional(formatted(instanceId, "inside a session: names an attempt of its two nodes to meet (§11.9)")),
      answer: optional(boolean("the sender was asked; else it asks")),
      way: optional(formatted(word, "`plain`, or `guess` the ports that a NAT will give")),
      candidates: optional(list(addressOf("where the sender may be reached"), "where the sender may be reached", OFFERED_MAX)),
      nat: optional(formatted(word, "with `guess`: `steady`, `counting` or `random`, how the sender's NAT gives ports")),
      refused: optional(formatted(word, "why the sender takes no part: a reason of `connect`")),
    }),
  },
);
