/** Somebody who holds a session with a node, as any program could, and reads and says in it what it likes. */
import { MESSAGE, RecordTable, writeMessage } from "../../../../src/wire/index.ts";
import type { Host, World } from "../../world.ts";
import { intrude } from "./attack.ts";
import { type ForgedSession, Forger, payloadOf } from "./forger.ts";

interface Said {
  readonly msg_type: string;
  readonly msg_data?: Record<string, unknown> & { readonly ptp?: Record<string, unknown> };
}

const STREAM_AND_SEQ_BYTES = 5;

export class Mallory {
  readonly host: Host;
  readonly #world: World;
  readonly #node: Host;
  readonly #keys: ForgedSession;
  #seq = 0;

  /** @param at - where it receives; @param seed - of its key */
  constructor(world: World, node: Host, at: string, seed = 66) {
    this.#world = world;
    this.#node = node;
    this.host = world.bare(at);
    this.#keys = intrude(world, this.host, node, new Forger(seed));
  }

  say(message: object): void {
    const bytes = new TextEncoder().encode(JSON.stringify(message));
    const payload = payloadOf((into, at) => writeMessage(into, at, 0, this.#seq++, bytes));
    this.host.send(this.#node.endpoint, this.#keys.frame(payload));
    this.#world.run(20);
  }

  /** The messages of one verb that the node has said to it so far. */
  heard(verb: string): NonNullable<Said["msg_data"]>[] {
    return this.host.inbox.flatMap(({ bytes }) => {
      const payload = this.#keys.open(bytes);
      return payload === null ? [] : messagesIn(payload).flatMap(({ msg_type, msg_data }) => (msg_type === verb ? [msg_data ?? {}] : []));
    });
  }
}

function messagesIn(payload: Uint8Array): Said[] {
  const table = new RecordTable();
  if (table.read(payload) !== null) return [];
  const whole = Array.from({ length: table.count }, (_, at) => at).filter((at) => table.types[at] === MESSAGE);
  return whole.map((at) => {
    const bytes = payload.subarray((table.starts[at] ?? 0) + STREAM_AND_SEQ_BYTES, table.ends[at]);
    return JSON.parse(new TextDecoder().decode(bytes)) as Said;
  });
}
