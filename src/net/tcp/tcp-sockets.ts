/**
 * The TCP connections of one node, each a socket of the core with exactly one other end, and what listens for those of others.
 * What is sent is a datagram: one that finds the connection's buffer full is dropped, as a full queue of UDP would, and the
 * session's own recovery sees it as loss. PROTOCOL.md §18.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { SocketId, TcpEnd, TcpFailure } from "../../core/index.ts";
import { type Endpoint, type Ip, ipOf, observedEndpoint, portOf, StreamReader, streamed } from "../../wire/index.ts";
import type { ListenAddress } from "../listen-address.ts";
import { type Dialler, TcpError } from "./dial.ts";

/** What waits in a connection at most: half a second on a line of 1 Mbit/s, so that a slow reader is heard of as loss, and soon. */
export const TCP_WAITING_BYTES_MAX = 65_536;
/** Connections that the system is let to hand over: above what the core takes, which decides. */
const TCP_HANDED_OVER_MAX = 2_048;
/** What the far end of a shut connection has to read the rest. */
const TCP_LINGER_MS = 1_000;

export interface TcpHandlers {
  onAccepted(socket: SocketId, from: Endpoint): void;
  onDatagram(socket: SocketId, bytes: Uint8Array): void;
  onEnded(socket: SocketId, code: TcpEnd): void;
}

const NOBODY: TcpHandlers = { onAccepted() {}, onDatagram() {}, onEnded() {} };

export class TcpSockets {
  readonly #dialler: Dialler;
  readonly #sockets = new Map<SocketId, Socket>();
  /** Being opened; one that is closed meanwhile is ended through this. */
  readonly #opening = new Map<SocketId, AbortController>();
  readonly #count: (code: string) => void;
  #handlers = NOBODY;
  #server: Server | null = null;
  #nextAccepted: SocketId = -1;

  /** @param count - told of each datagram that was not sent or not read, by a code */
  constructor(dialler: Dialler, count: (code: string) => void) {
    this.#dialler = dialler;
    this.#count = count;
  }

  /** Datagrams and connections go to `handlers` from here on; before, nobody is let in. */
  begin(handlers: TcpHandlers): void {
    this.#handlers = handlers;
  }

  /**
   * Takes connections at that address.
   * @returns the port
   * @throws TcpError with the system's code
   */
  async listen({ ip, port }: ListenAddress): Promise<number> {
    const server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#accept(socket));
    server.maxConnections = TCP_HANDED_OVER_MAX;
    try {
      const listening = once(server, "listening"); // rejects on "error"
      server.listen({ host: ip, port, exclusive: true, ipv6Only: ip.includes(":") && ip !== "::" });
      await listening;
    } catch (error) {
      server.close();
      throw new TcpError("tcp-failed", systemCode(error));
    }
    server.on("error", (error) => this.#count(systemCode(error)));
    this.#server = server;
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  get count(): number {
    return this.#sockets.size;
  }

  has(id: SocketId): boolean {
    return this.#sockets.has(id);
  }

  /**
   * Opens a connection.
   * @returns its local port
   * @throws TcpError
   */
  async open(id: SocketId, to: Endpoint): Promise<number> {
    const abort = new AbortController();
    this.#opening.set(id, abort);
    try {
      const socket = await this.#dialler.dial({ ip: ipOf(to), port: portOf(to) }, abort.signal);
      if (abort.signal.aborted) {
        socket.destroy();
        throw new TcpError("tcp-failed", "ECANCELED");
      }
      this.#attach(id, socket);
      return socket.localPort ?? 0;
    } finally {
      this.#opening.delete(id);
    }
  }

  /** Sends one datagram, or drops it where too much waits already. */
  send(id: SocketId, bytes: Uint8Array): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined || !socket.writable) return this.#count("tcp-not-open");
    if (socket.writableLength + bytes.length > TCP_WAITING_BYTES_MAX) return this.#count("tcp-full");
    if (socket.writableCorked === 0) {
      socket.cork(); // what is said in one turn goes in one piece
      process.nextTick(uncork, socket);
    }
    socket.write(streamed(bytes));
  }

  /** Ends a connection: what waits is still sent, and nothing is told of it any more. */
  close(id: SocketId): void {
    this.#opening.get(id)?.abort();
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    this.#sockets.delete(id);
    socket.removeAllListeners("data");
    socket.resume();
    socket.end();
    const late = setTimeout(() => socket.destroy(), TCP_LINGER_MS);
    late.unref();
    socket.once("close", () => clearTimeout(late));
  }

  /** True while something waits to be sent. */
  get isBusy(): boolean {
    return [...this.#sockets.values()].some((socket) => socket.writableLength > 0);
  }

  closeAll(): void {
    this.#server?.close();
    this.#server = null;
    for (const id of [...this.#opening.keys(), ...this.#sockets.keys()]) this.close(id);
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    socket.on("error", () => {}); // one that is gone already
    if (remoteAddress === undefined || remotePort === undefined || this.#handlers === NOBODY) return void socket.destroy();
    const id = this.#nextAccepted--;
    const from = observedEndpoint(remoteAddress, remotePort);
    this.#attach(id, socket);
    this.#handlers.onAccepted(id, from);
  }

  #attach(id: SocketId, socket: Socket): void {
    const reader = new StreamReader();
    this.#sockets.set(id, socket);
    socket.setNoDelay(true);
    socket.resume(); // a proxy was spoken to piece by piece
    const take = (datagram: Uint8Array) => {
      this.#handlers.onDatagram(id, datagram); // in their order: a frame may need the handshake before it
      return this.#sockets.get(id) === socket;
    };
    socket.on("data", (piece: Uint8Array) => {
      if (!reader.read(piece, take)) this.#end(id, socket, "tcp-length");
    });
    socket.on("end", () => this.#end(id, socket, "tcp-ended"));
    socket.on("error", () => this.#end(id, socket, "tcp-ended"));
    socket.on("close", () => this.#end(id, socket, "tcp-ended"));
  }

  /** The other end is gone, or talks nonsense. */
  #end(id: SocketId, socket: Socket, code: TcpEnd): void {
    if (this.#sockets.get(id) !== socket) return;
    this.#sockets.delete(id);
    socket.destroy();
    this.#handlers.onEnded(id, code);
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}

/** What the core is told of a connection that did not come about. */
export function failureOf(error: unknown): TcpFailure {
  return error instanceof TcpError ? error.code : "tcp-failed";
}

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

/** An address of the machine that connections leave from; undefined where any will do. */
export function leavingFrom(host: Ip): string | undefined {
  return host === "::" || host === "0.0.0.0" ? undefined : host;
}
