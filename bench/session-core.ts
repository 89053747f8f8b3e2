/**
 * A node as far as its sessions go: the core's own handshakes, paths, frames and streams, with what a session says handed
 * to the benchmark in place of the verbs. It has no channels, keeps nothing and shows nothing.
 */
import type { Input, Instant, NodeConfig, Output } from "../src/core/index.ts";
import { PULSE_MS } from "../src/core/limits.ts";
import { callPeer, tendPeers } from "../src/core/liveness.ts";
import { newPath } from "../src/core/path.ts";
import { onDatagram } from "../src/core/receive.ts";
import { flushSessions, onFrame } from "../src/core/session/frames.ts";
import { tendHandshakes } from "../src/core/session/handshake.ts";
import type { Session } from "../src/core/session/session.ts";
import { tendSessions } from "../src/core/session/tend.ts";
import { NodeState } from "../src/core/state.ts";
import type { Core } from "../src/net/index.ts";
import { isFrame } from "../src/wire/index.ts";

export interface SessionCoreHandlers {
  /** One message out of a session. */
  take(bytes: Uint8Array, now: Instant): void;
  /** All that came is taken, and what is queued now goes with the next frames: the moment to say more. */
  fill(session: Session, now: Instant): void;
}

export class SessionCore implements Core {
  readonly #node: NodeState;
  readonly #handlers: SessionCoreHandlers;
  wakeAt: Instant;

  constructor(config: NodeConfig, handlers: SessionCoreHandlers, now: Instant) {
    this.#node = new NodeState(config, now);
    this.#handlers = handlers;
    this.wakeAt = now;
  }

  get state(): NodeState {
    return this.#node;
  }

  /** The first session, once its keys are known to be with both ends. */
  get session(): Session | undefined {
    for (const session of this.#node.sessions.all()) if (session.epochs.some((epoch) => epoch.confirmed)) return session;
    return undefined;
  }

  step(now: Instant, input: Input, more = false): Output[] {
    const node = this.#node;
    if (input.kind === "start") for (const peer of node.config.peers) callPeer(node, peer, "configured", now);
    else if (input.kind === "datagram") this.#takeDatagram(input, now);
    if (!more) this.#settle(now);
    const { out } = node;
    node.out = [];
    return out;
  }

  #settle(now: Instant): void {
    const node = this.#node;
    if (now >= node.pulseAt) this.#pulse(now);
    const { session } = this;
    if (session !== undefined) {
      this.#handlers.fill(session, now);
      node.sessions.touched.add(session);
    }
    flushSessions(node, now);
    this.wakeAt = Math.min(node.pulseAt, node.sessions.timers.next);
  }

  /** As `onDatagram` does it, but for what becomes of a message. */
  #takeDatagram({ socket, from, bytes }: Input & { kind: "datagram" }, now: Instant): void {
    const node = this.#node;
    if (!isFrame(bytes)) return onDatagram(node, socket, from, bytes, now);
    node.counters.datagramsIn++;
    node.counters.bytesIn += bytes.length;
    const path = node.peers.pathAt(from) ?? newPath("direct", from, socket);
    node.credit.earn(path.network, bytes.length);
    onFrame(node, path, socket, bytes, now, (_, said) => this.#handlers.take(said, now));
  }

  #pulse(now: Instant): void {
    const node = this.#node;
    node.pulseAt = now + PULSE_MS;
    tendPeers(node, now);
    tendHandshakes(node, now);
    tendSessions(node, now);
  }
}
