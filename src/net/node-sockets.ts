/** All sockets of one node: those of UDP, and its TCP connections on the same host and port. ARCHITECTURE.md "Net". */
import { setImmediate as turn } from "node:timers/promises";
import { MAIN_SOCKET, type SocketId } from "../core/index.ts";
import { type Endpoint, endpoint, ipOf, portOf } from "../wire/index.ts";
import type { Receive } from "./backlog.ts";
import type { ListenAddress } from "./listen-address.ts";
import { DirectDialler, TcpError } from "./tcp/dial.ts";
import { ProxyDialler } from "./tcp/proxy.ts";
import { type ProxyAddress, shownProxy } from "./tcp/proxy-address.ts";
import { leavingFrom, type TcpHandlers, TcpSockets } from "./tcp/tcp-sockets.ts";
import { UdpSockets } from "./udp.ts";

export interface TcpOptions {
  /** False: no TCP at all. */
  readonly on: boolean;
  /** Where connections go through; null for none. */
  readonly proxy: ProxyAddress | null;
}

/** How the node stands with TCP. */
export interface TcpView {
  readonly on: boolean;
  /** Where it takes connections; null where it takes none. */
  readonly local: Endpoint | null;
  /** The system's code when it could not be bound. */
  readonly fault: string | null;
  /** Connections now. */
  readonly connections: number;
  /** Without its credentials. */
  readonly proxy: string | null;
}

export class NodeSockets {
  readonly #udp: UdpSockets;
  readonly #tcp: TcpSockets | null;
  readonly #errors = new Map<string, number>();
  readonly #proxy: string | null;
  #tcpLocal: Endpoint | null = null;
  #tcpFault: string | null = null;

  private constructor(udp: UdpSockets, { on, proxy }: TcpOptions) {
    this.#udp = udp;
    this.#proxy = proxy === null ? null : shownProxy(proxy);
    const dialler = proxy === null ? new DirectDialler(leavingFrom(ipOf(udp.local))) : new ProxyDialler(proxy);
    this.#tcp = on ? new TcpSockets(dialler, (code) => this.#count(code)) : null;
  }

  /**
   * Opens UDP there, and TCP on the same port. Without TCP the node goes on; `tcp.fault` says why.
   * @throws ListenError when UDP cannot be had
   */
  static async open(address: ListenAddress, options: TcpOptions): Promise<NodeSockets> {
    const sockets = new NodeSockets(await UdpSockets.open(address), options);
    await sockets.#listen();
    return sockets;
  }

  async #listen(): Promise<void> {
    if (this.#tcp === null) return;
    const { local } = this.#udp;
    try {
      await this.#tcp.listen({ ip: ipOf(local), port: portOf(local) });
      this.#tcpLocal = endpoint(ipOf(local), portOf(local));
    } catch (error) {
      if (!(error instanceof TcpError)) throw error;
      this.#tcpFault = error.detail;
    }
  }

  get tcp(): TcpView {
    const { local, fault } = { local: this.#tcpLocal, fault: this.#tcpFault };
    return { on: this.#tcp !== null, local, fault, connections: this.#tcp?.count ?? 0, proxy: this.#proxy };
  }

  /** Of the listening UDP socket. */
  get local(): Endpoint {
    return this.#udp.local;
  }

  /** Where the listening UDP socket is reached at addresses of this machine. */
  get ownEndpoints(): Endpoint[] {
    return this.#udp.ownEndpoints;
  }

  /** Errors of sends and sockets so far, by the system's code or ours. */
  get errors(): Readonly<Record<string, number>> {
    return { ...this.#udp.errors, ...Object.fromEntries(this.#errors) };
  }

  /** The address families that can be sent to. */
  get families(): "ipv4" | "ipv6" | "both" {
    return this.#udp.families;
  }

  begin(receive: Receive): void {
    this.#udp.begin(receive);
  }

  beginTcp(handlers: TcpHandlers): void {
    this.#tcp?.begin(handlers);
  }

  send(id: SocketId, to: Endpoint, bytes: Uint8Array): void {
    if (id < MAIN_SOCKET || (id > MAIN_SOCKET && this.#tcp?.has(id) === true)) this.#tcp?.send(id, bytes);
    else this.#udp.send(id, to, bytes);
  }

  /** @throws ListenError */
  openFurther(id: SocketId): Promise<number> {
    return this.#udp.openFurther(id);
  }

  /** @throws TcpError */
  async openTcp(id: SocketId, to: Endpoint): Promise<number> {
    if (this.#tcp === null) throw new TcpError("tcp-failed", "off");
    return this.#tcp.open(id, to);
  }

  close(id: SocketId): void {
    this.#tcp?.close(id);
    if (id >= MAIN_SOCKET) this.#udp.close(id);
  }

  /** Waits until what was given to `send` has left this process, `withinMs` at most. */
  async drain(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    await this.#udp.drain(withinMs);
    while (this.#tcp?.isBusy === true && performance.now() < end) await turn();
  }

  closeAll(): void {
    this.#tcp?.closeAll();
    this.#udp.closeAll();
  }

  #count(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}
