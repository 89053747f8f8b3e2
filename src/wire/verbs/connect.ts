import { addressOf, extension, farEnd, nearEnd, optional } from "../field.ts";
import { verb } from "../verb.ts";

export const connect = verb(
  "CONNECT",
  { data: "required", acked: false, about: "Opens a path between two nodes that both know the receiver of steps 1 and 3." },
  {
    dst: farEnd,
    src: nearEnd,
    ptp: extension({
      far: optional(addressOf("the HELLO endpoint, as S knows it, of the party named in `dst`; in steps 1, 2 and 4")),
    }),
  },
);
