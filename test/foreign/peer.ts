/** The Python peer (`bare_peer.py`, `old_program.py`) as a test drives it. */
import { join } from "node:path";
import { type Line, Process } from "./process.ts";

/** A message as the peer reports it; the tests look into the data. */
export interface Message {
  readonly msg_type: string;
  readonly msg_data?: Record<string, unknown> | null;
}

/** One datagram that the peer received. */
export interface Heard {
  readonly from: string;
  /** The local port it came to. */
  readonly port: number;
  readonly bytes: number;
  readonly msg: Message;
}

export class Peer extends Process {
  #endpoint = "";

  /** Its main endpoint. */
  get endpoint(): string {
    return this.#endpoint;
  }

  /**
   * Starts a peer and waits until its socket is open.
   * @param at - `ip` or `ip:port` to bind
   * @param within - words to put before the command, as `ip netns exec NAME`
   */
  static async start(at: string, { program = "bare_peer.py", within = [] as readonly string[] } = {}): Promise<Peer> {
    const peer = new Peer([...within, "python3", join(import.meta.dirname, program), at]);
    const ready = await peer.until("the peer's socket", (line) => line.ev === "ready");
    peer.#endpoint = String(ready.addr);
    return peer;
  }

  know(endpoint: string): void {
    this.tell({ do: "know", addr: endpoint });
  }

  send(to: string, verb: string, data?: object): void {
    this.tell({ do: "send", to, msg: data === undefined ? { msg_type: verb } : { msg_type: verb, msg_data: data } });
  }

  /** Everything of one verb that came so far. */
  heard(verb: string, after = 0): Heard[] {
    return this.all(isVerb(verb), after) as unknown as Heard[];
  }

  /** Waits for a datagram of one verb, whose data fits if `fits` is given. */
  async hear(verb: string, fits: (heard: Heard) => boolean = () => true, options: Parameters<Process["until"]>[2] = {}): Promise<Heard> {
    const line = await this.until(verb, (candidate) => isVerb(verb)(candidate) && fits(candidate as unknown as Heard), options);
    return line as unknown as Heard;
  }

  /** Waits for a step of CONNECT that this peer carried out. */
  step(role: "A" | "B" | "S", step: number): Promise<Line> {
    return this.until(`step ${step} as ${role}`, (line) => line.ev === "connect" && line.role === role && line.step === step);
  }
}

function isVerb(verb: string): (line: Line) => boolean {
  return (line) => line.ev === "got" && (line.msg as Message).msg_type === verb;
}
