/** TCP between the hosts of a world: what is sent arrives, whole and in order, or the connection ends. */
import type { SocketId } from "../../src/core/index.ts";
import { type Endpoint, endpoint } from "../../src/wire/index.ts";
import type { Host, World } from "./world.ts";

const TCP_MS = 5;

/** One end of a connection: a core's, or a script's of the test. */
interface End {
  readonly at: Endpoint;
  take(bytes: Uint8Array): void;
  ended(code: "tcp-ended" | "tcp-length"): void;
}

interface Connection {
  readonly ends: readonly [End, End];
  isOpen: boolean;
}

/** A connection that the test itself has opened. */
export interface Script {
  readonly got: Uint8Array[];
  isEnded: boolean;
  send(bytes: Uint8Array | object): void;
  lie(): void;
  hangUp(): void;
}

export class TcpWire {
  /** What a call from one address to an endpoint meets: whoever listens, a refusal, or silence. */
  answer: (from: string, to: Endpoint) => "passes" | "refused" | "silent" = () => "passes";
  /** Somebody on the path, who sees what is carried. */
  onCarry: (carried: { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Uint8Array }) => void = () => {};
  /** Who takes connections to an endpoint, where it is not the host that has it over UDP. */
  behind: ((to: Endpoint) => Host | undefined) | null = null;
  /** Where a host's connections come from, where the test wants to say so. */
  from: ((host: Host) => Endpoint) | null = null;
  /** True: nothing arrives any more, and nobody is told. */
  isCut = false;
  /** When each call was made, and by whom to whom. */
  readonly calls: { readonly at: number; readonly from: string; readonly to: Endpoint }[] = [];
  /** What travelled, in both directions. */
  readonly carried: { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  readonly #world: World;
  readonly #ends = new Map<Host, Map<SocketId, { connection: Connection; own: 0 | 1 }>>();
  #nextPort = 50_000;
  #nextAccepted = -1;

  constructor(world: World) {
    this.#world = world;
  }

  /** Connections that a host has. */
  count(host: Host): number {
    return this.#ends.get(host)?.size ?? 0;
  }

  open(host: Host, socket: SocketId, to: Endpoint): void {
    this.calls.push({ at: this.#world.now, from: host.ip, to });
    const answer = this.answer(host.ip, to);
    if (answer === "silent") return this.#later(10_000, () => host.step({ kind: "socket-failed", socket, code: "tcp-silent" }));
    const listener = answer === "passes" ? this.#listener(to) : undefined;
    if (listener === undefined) return this.#later(2 * TCP_MS, () => host.step({ kind: "socket-failed", socket, code: "tcp-refused" }));
    const end = this.#endOf(host, socket, this.from?.(host) ?? endpoint(host.ip, this.#nextPort++));
    this.#later(TCP_MS, () => {
      const connection = this.#accept(listener, end);
      this.#of(host).set(socket, { connection, own: 0 });
      this.#later(TCP_MS, () => host.step({ kind: "socket-opened", socket, port: 1 }));
    });
  }

  /** @returns false when the socket is none of ours */
  send(host: Host, socket: SocketId, bytes: Uint8Array): boolean {
    const held = this.#of(host).get(socket);
    if (held === undefined) return socket < 0;
    this.#carry(held.connection, held.own, bytes.slice());
    return true;
  }

  close(host: Host, socket: SocketId): void {
    const held = this.#of(host).get(socket);
    if (held !== undefined) this.#end(held.connection, held.own);
    this.#of(host).delete(socket);
  }

  /** Ends all connections of a host, as a box on the way does that forgets them. */
  reset(host: Host): void {
    for (const [socket, { connection, own }] of [...this.#of(host)]) {
      this.#end(connection, own);
      connection.isOpen = false; // what is on its way is lost
      this.#of(host).delete(socket);
      host.step({ kind: "tcp-ended", socket, code: "tcp-ended" });
    }
  }

  /** A connection of the test's own, from any address. */
  call(from: Endpoint, to: Host): Script {
    const script: Script = { got: [], isEnded: false, send() {}, lie() {}, hangUp() {} };
    const end: End = {
      at: from,
      take: (bytes) => script.got.push(bytes),
      ended: () => {
        script.isEnded = true;
      },
    };
    const connection = this.#accept(to, end);
    script.send = (what) => this.#carry(connection, 0, what instanceof Uint8Array ? what : new TextEncoder().encode(JSON.stringify(what)));
    script.lie = () => this.#end(connection, 0, "tcp-length");
    script.hangUp = () => this.#end(connection, 0);
    return script;
  }

  #accept(listener: Host, caller: End): Connection {
    const socket = this.#nextAccepted--;
    const connection: Connection = { ends: [caller, this.#endOf(listener, socket, listener.endpoint)], isOpen: true };
    this.#of(listener).set(socket, { connection, own: 1 });
    listener.step({ kind: "tcp-accepted", socket, from: caller.at });
    return connection;
  }

  #endOf(host: Host, socket: SocketId, at: Endpoint): End {
    return {
      at,
      take: (bytes) => host.step({ kind: "streamed", socket, bytes }),
      ended: (code) => {
        if (this.#of(host).delete(socket)) host.step({ kind: "tcp-ended", socket, code });
      },
    };
  }

  #carry(connection: Connection, own: 0 | 1, bytes: Uint8Array): void {
    const [from, to] = own === 0 ? connection.ends : [connection.ends[1], connection.ends[0]];
    const carried = { from: from.at, to: to.at, bytes };
    this.carried.push(carried);
    this.onCarry(carried);
    if (!this.isCut && connection.isOpen) this.#later(TCP_MS, () => connection.isOpen && !this.isCut && to.take(bytes));
  }

  #end(connection: Connection, own: 0 | 1, code: "tcp-ended" | "tcp-length" = "tcp-ended"): void {
    const other = connection.ends[own === 0 ? 1 : 0];
    this.#later(TCP_MS, () => {
      connection.isOpen = false;
      if (!this.isCut) other.ended(code);
    });
  }

  #listener(to: Endpoint): Host | undefined {
    return this.behind?.(to) ?? this.#world.hosts.find((host) => host.node !== null && host.endpoint === to);
  }

  #of(host: Host): Map<SocketId, { connection: Connection; own: 0 | 1 }> {
    const known = this.#ends.get(host) ?? new Map();
    this.#ends.set(host, known);
    return known;
  }

  #later(ms: number, run: () => void): void {
    this.#world.later(ms, run);
  }
}
