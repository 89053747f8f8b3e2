/**
 * The UDP sockets of one node: the listening one, and one more on the same host for each punch. What the network or
 * the system answers to a send (ICMP, EPERM, ENETUNREACH, EMSGSIZE) is counted and never thrown. ARCHITECTURE.md "Net".
 */
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { MAIN_SOCKET, type SocketId } from "../core/index.ts";
import { type Endpoint, endpoint, type Ip, ipOf, observedEndpoint, portOf, scopeOf } from "../wire/index.ts";
import { Backlog, type Receive } from "./backlog.ts";
import { instant } from "./clock.ts";
import type { ListenAddress } from "./listen-address.ts";
import { localIps } from "./local-addresses.ts";

/** What a burst may pile up while the node is busy elsewhere; loss at the receiver is what limits UDP. */
const RECEIVE_BUFFER_BYTES = 4 * 1_024 * 1_024;
/** A system that gives less than this has other trouble. */
const RECEIVE_BUFFER_BYTES_MIN = 64 * 1_024;
const OPEN_BRACKET = 0x5b;

/** A socket could not be opened; `code` is the system's. */
export class ListenError extends Error {
  readonly code: string;
  /** `ip:port` that was asked for. */
  readonly at: string;
  constructor(code: string, at: string) {
    super(`cannot open a socket on ${at} (${code})`);
    this.name = "ListenError";
    this.code = code;
    this.at = at;
  }
}

export class UdpSockets {
  readonly #sockets = new Map<SocketId, Socket>();
  /** Being bound; one that is closed meanwhile is not in here any more. */
  readonly #opening = new Set<SocketId>();
  #backlog = new Backlog(() => {}, instant);
  /** The host that further sockets are bound on. */
  readonly #host: Ip;
  /** True when IPv4 goes over IPv6 sockets, as ::ffff:a.b.c.d. */
  readonly #dual: boolean;
  readonly #errors = new Map<string, number>();
  /** Of the listening socket. */
  readonly local: Endpoint;

  private constructor(main: Socket, host: Ip) {
    this.#host = host;
    this.#dual = host === "::";
    this.local = endpoint(host, main.address().port);
    this.#attach(MAIN_SOCKET, main);
  }

  /**
   * Opens the listening socket. `[::]` takes IPv4 too, and becomes `0.0.0.0` where the system has no IPv6.
   * @throws ListenError
   */
  static async open({ ip, port }: ListenAddress): Promise<UdpSockets> {
    try {
      return new UdpSockets(await bound(ip, port), ip);
    } catch (error) {
      const code = codeOf(error);
      const noV6 = code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
      if (ip === "::" && noV6) return UdpSockets.open({ ip: "0.0.0.0" as Ip, port });
      throw new ListenError(code, endpoint(ip, port));
    }
  }

  /** From here on datagrams go to `receive`; until then they are dropped. */
  begin(receive: Receive): void {
    this.#backlog = new Backlog(receive, instant);
  }

  /** Errors of sends and sockets so far, by the system's code. */
  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors);
  }

  /** Where the listening socket is reached at addresses of this machine, loopback aside unless it listens on that alone. */
  get ownEndpoints(): Endpoint[] {
    const ip = ipOf(this.local);
    const port = portOf(this.local);
    if (scopeOf(ip) !== "unspecified") return [this.local];
    return localIps()
      .filter((each) => scopeOf(each) !== "loopback" && (this.families === "both" || (this.families === "ipv6") === each.includes(":")))
      .map((each) => endpoint(each, port));
  }

  /** The address families that can be sent to. */
  get families(): "ipv4" | "ipv6" | "both" {
    if (this.#dual) return "both";
    return this.#host.includes(":") ? "ipv6" : "ipv4";
  }

  send(id: SocketId, to: Endpoint, bytes: Uint8Array): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined) {
      this.#count("ENOTSOCK");
      return;
    }
    const ip: string = ipOf(to);
    const address = this.#dual && to.charCodeAt(0) !== OPEN_BRACKET ? `::ffff:${ip}` : ip;
    try {
      socket.send(bytes, portOf(to), address, this.#onSent);
    } catch (error) {
      this.#count(codeOf(error));
    }
  }

  /** One function for all sends: a closure for each would cost as much as the bookkeeping of a small message. */
  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.#count(codeOf(error));
  };

  /**
   * Opens one more socket on the same host, any port.
   * @throws ListenError; `ECANCELED` when it was closed before it was open
   */
  async openFurther(id: SocketId): Promise<number> {
    this.#opening.add(id);
    const socket = await bound(this.#host, 0).catch((error: unknown) => {
      throw new ListenError(codeOf(error), endpoint(this.#host, 0));
    });
    if (!this.#opening.delete(id)) {
      socket.close();
      throw new ListenError("ECANCELED", endpoint(this.#host, 0));
    }
    this.#attach(id, socket);
    return socket.address().port;
  }

  close(id: SocketId): void {
    this.#opening.delete(id);
    this.#sockets.get(id)?.close();
    this.#sockets.delete(id);
  }

  /** Waits until what was given to `send` has left this process, `withinMs` at most. */
  async drain(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    while (performance.now() < end && [...this.#sockets.values()].some((socket) => socket.getSendQueueCount() > 0)) await turn();
  }

  closeAll(): void {
    this.#backlog.clear();
    for (const id of [...this.#sockets.keys(), ...this.#opening]) this.close(id);
  }

  #attach(id: SocketId, socket: Socket): void {
    this.#sockets.set(id, socket);
    socket.on("message", (bytes: Uint8Array, { address, port }: RemoteInfo) => {
      if (port === 0)
        this.#count("source-port-0"); // forged, or a raw socket: nothing could be answered to it
      else if (!this.#backlog.take(id, observedEndpoint(address, port), bytes)) this.#count("busy");
    });
    socket.on("error", (error) => this.#count(codeOf(error)));
  }

  #count(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}

async function bound(ip: Ip, port: number): Promise<Socket> {
  const socket = createSocket({ type: ip.includes(":") ? "udp6" : "udp4", ipv6Only: ip.includes(":") && ip !== "::", lookup: asIs });
  try {
    const listening = once(socket, "listening"); // before `bind`, which may emit it at once; rejects on "error"
    socket.bind({ address: ip, port, exclusive: true });
    await listening;
    enlargeReceiveBuffer(socket);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** All that we send to is an address already; dgram's own look-up would cost a turn of the event loop for each datagram. */
const asIs: NonNullable<SocketOptions["lookup"]> = (address, _options, callback) => callback(null, address, address.includes(":") ? 6 : 4);

/** Linux caps what is too much, other systems refuse it. */
function enlargeReceiveBuffer(socket: Socket): void {
  for (let bytes = RECEIVE_BUFFER_BYTES; bytes >= RECEIVE_BUFFER_BYTES_MIN; bytes /= 2) {
    try {
      socket.setRecvBufferSize(bytes);
      return;
    } catch {
      // the next smaller one
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
