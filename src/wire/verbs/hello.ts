import { choice, formatted, integer, loose, looseExtension, number, optional, text } from "../field.ts";
import { instanceId } from "../id.ts";
import { verb } from "../verb.ts";

export const hello = verb(
  "HELLO",
  {
    data: "optional",
    acked: false,
    about: "I am online; sent every 0.5 to 2 s. Any object is accepted, old programs put `node_id` and `version` into it.",
  },
  {
    node_id: loose(text("an old program's own id", 64)),
    version: loose(choice("an old program's version", text("as text", 64), number("as a number"))),
    ptp: looseExtension({
      lan: optional(formatted(instanceId, "random: a node on this network, to whom nothing else here says a name")),
      port: optional(integer("where that node is reached, at the address that this comes from", 1, 65_535)),
    }),
  },
);
