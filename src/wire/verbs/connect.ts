import { addressOf, extension, farEnd, nearEnd, optional } from "../field.ts";
import { verb } from "../verb.ts";

export const connect = verb(
  "CONNECT",
  { data: "required", acked: false, about: "Opens a path between two nodes that both know the receiver of steps 1 and 3." },
  {
    dst: farEnd,
    src: nearEnd,
    ptp: extension({
      far: optional(addressOf("the far party's endpoint as S knows it: resolves an ip that several nodes share")),
      near: optional(addressOf("the near party's endpoint as S knows it")),
    }),
  },
);
