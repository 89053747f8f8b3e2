/** Surveys of NATs: our own, one at a time, and those of others that we help with. PROTOCOL.md §15. */
import type { Endpoint, InstanceId, Ip } from "../wire/index.ts";
import type { PeerId, Ref, SocketId } from "./io.ts";
import type { Lifetime } from "./lifetime-table.ts";
import { SURVEY_HELP_MS, SURVEYS_HELPED_MAX, SURVEYS_PER_PEER_MAX } from "./limits.ts";
import type { Instant } from "./time.ts";

/** A neighbour that says where it sees us. */
export interface Helper {
  readonly peer: PeerId;
  readonly endpoint: Endpoint;
  /** Our listening socket as it sees it. */
  seen: Endpoint | null;
}

/** One socket of a survey. */
export interface Probe {
  readonly token: InstanceId;
  readonly socket: SocketId;
  /** Ours; 0 until it is open. */
  port: number;
  /** Where it was seen, by the endpoint that it had sent to. */
  readonly came: Map<Endpoint, Endpoint>;
  /** Who got through to it. */
  readonly heard: Set<Endpoint>;
}

/**
 * One of our own.
 *
 *   asking (helpers are told the tokens) -> mapping (they say where they see us) -> filtering (they try to reach us) -> gone
 */
export interface Survey {
  readonly ref: Ref;
  /** Addresses of this machine. */
  readonly own: readonly Ip[];
  /** The second one, where there is one, is at another address than the first. */
  readonly helpers: readonly Helper[];
  /** Of the other family: asked only where it sees our listening socket. */
  readonly sighter: Helper | null;
  /** Sends to all; and to the first only, so that nothing else is let in because of it. */
  readonly mapping: Probe;
  readonly filtering: Probe;
  stage: "asking" | "mapping" | "filtering";
  /** When the stage began. */
  since: Instant;
  /** Another port of the first helper. */
  otherPort: number | null;
  failed: boolean;
}

/** One of somebody else's. */
export interface Help {
  readonly token: InstanceId;
  readonly peer: PeerId;
  readonly at: Instant;
  /** Another socket of ours, once it was asked for. */
  socket: SocketId | null;
  port: number;
  /** Where that socket is to send as soon as it is open. */
  to: Endpoint | null;
  /** What we said or sent because of it. */
  done: number;
}

export class SurveyTable {
  own: Survey | null = null;
  lifetime: Lifetime | null = null;
  readonly #helped = new Map<InstanceId, Help>();

  help(token: InstanceId): Help | undefined {
    return this.#helped.get(token);
  }

  helpAt(socket: SocketId): Help | undefined {
    for (const help of this.#helped.values()) if (help.socket === socket) return help;
    return undefined;
  }

  /** Null when that peer, or all together, have as many under way as we help with. */
  beginHelp(token: InstanceId, peer: PeerId, now: Instant): Help | null {
    const known = this.#helped.get(token);
    if (known !== undefined) return known.peer === peer ? known : null;
    const ofPeer = [...this.#helped.values()].filter((help) => help.peer === peer).length;
    if (ofPeer >= SURVEYS_PER_PEER_MAX || this.#helped.size >= SURVEYS_HELPED_MAX) return null;
    const help: Help = { token, peer, at: now, socket: null, port: 0, to: null, done: 0 };
    this.#helped.set(token, help);
    return help;
  }

  /** Sockets opened for others. */
  get sockets(): number {
    return [...this.#helped.values()].filter(({ socket }) => socket !== null).length;
  }

  /** Takes out what is over. */
  expire(now: Instant): Help[] {
    const over = [...this.#helped.values()].filter(({ at }) => now - at >= SURVEY_HELP_MS);
    for (const { token } of over) this.#helped.delete(token);
    return over;
  }
}
