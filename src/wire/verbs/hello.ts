import { addressOf, boolean, choice, formatted, integer, loose, looseExtension, number, optional, text } from "../field.ts";
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
      survey: optional(formatted(instanceId, "names a survey of the NAT of a node, and no HELLO otherwise")),
      seen: optional(addressOf("the receiver, as the sender sees it")),
      came: optional(addressOf("where a HELLO with that `survey` came from")),
      to: optional(addressOf("where one is to be sent: the sender's own address")),
      fresh: optional(boolean("another port of the receiver is wanted, and one is to be sent from there")),
      other: optional(integer("another port of the sender", 1, 65_535)),
      mapped: optional(addressOf("the sender, by a port that its gateway keeps open for all")),
      mapped_tcp: optional(addressOf("the same over TCP")),
    }),
  },
);
