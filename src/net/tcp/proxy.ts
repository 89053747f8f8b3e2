/**
 * TCP connections through a proxy: SOCKS5 (RFC 1928) without or with a name and password (RFC 1929), and HTTP CONNECT
 * (RFC 9110 §9.3.6). What a proxy answers is read with a bound, and nothing of it but a number is ever shown.
 */
import type { Socket } from "node:net";
import { type Dialler, opened, systemCode, type Target, TCP_DIAL_MS, TcpError } from "./dial.ts";
import { httpConnect } from "./http-connect.ts";
import type { ProxyAddress } from "./proxy-address.ts";
import { ProxyTalk } from "./proxy-talk.ts";
import { socks5Connect } from "./socks5.ts";

export class ProxyDialler implements Dialler {
  readonly #proxy: ProxyAddress;
  readonly #withinMs: number;

  constructor(proxy: ProxyAddress, withinMs = TCP_DIAL_MS) {
    this.#proxy = proxy;
    this.#withinMs = withinMs;
  }

  async dial(to: Target, signal: AbortSignal): Promise<Socket> {
    const { host, port, kind, credentials } = this.#proxy;
    const timeout = AbortSignal.timeout(this.#withinMs);
    const within = AbortSignal.any([signal, timeout]);
    const socket = await opened({ host, port }, within).catch((error: unknown) => {
      throw new TcpError("proxy-unreachable", timeout.aborted ? "nothing came" : systemCode(error));
    });
    const talk = new ProxyTalk(socket, within);
    try {
      await (kind === "socks5" ? socks5Connect(talk, to, credentials) : httpConnect(talk, to, credentials));
      talk.end();
      return socket;
    } catch (error) {
      talk.end();
      socket.destroy();
      if (error instanceof TcpError) throw error;
      if (!timeout.aborted) throw new TcpError("proxy-bad-answer", "it hung up");
      throw new TcpError(talk.asked ? "tcp-silent" : "proxy-bad-answer", `nothing within ${this.#withinMs} ms`);
    }
  }
}
