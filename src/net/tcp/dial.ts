/** Opening one TCP connection: straight, or through a proxy. ARCHITECTURE.md "Net". */
import { connect, type Socket } from "node:net";
import type { TcpFailure } from "../../core/index.ts";
import type { Ip } from "../../wire/index.ts";

/** How long a connection, and all that a proxy has to say, may take: two copies of a lost SYN, and what stands between. */
export const TCP_DIAL_MS = 10_000;

/** A TCP connection did not come about. `code` is stable; `detail` says what the system or the proxy answered, and holds no secret. */
export class TcpError extends Error {
  readonly code: TcpFailure;
  readonly detail: string;
  constructor(code: TcpFailure, detail: string) {
    super(`${code} (${detail})`);
    this.name = "TcpError";
    this.code = code;
    this.detail = detail;
  }
}

/** Where a connection is to lead. */
export interface Target {
  readonly ip: Ip;
  readonly port: number;
}

export interface Dialler {
  /**
   * Opens a connection within TCP_DIAL_MS, with nothing read from it yet.
   * @throws TcpError
   */
  dial(to: Target, signal: AbortSignal): Promise<Socket>;
}

/** Without a proxy. */
export class DirectDialler implements Dialler {
  readonly #from: string | undefined;
  readonly #withinMs: number;

  /** @param from - the address of this machine that connections leave from; undefined for any */
  constructor(from: string | undefined, withinMs = TCP_DIAL_MS) {
    this.#from = from;
    this.#withinMs = withinMs;
  }

  async dial({ ip, port }: Target, signal: AbortSignal): Promise<Socket> {
    const timeout = AbortSignal.timeout(this.#withinMs);
    const fits = this.#from === undefined || this.#from.includes(":") === ip.includes(":");
    const localAddress = fits ? this.#from : undefined;
    try {
      return await opened({ host: ip, port, ...(localAddress === undefined ? {} : { localAddress }) }, AbortSignal.any([signal, timeout]));
    } catch (error) {
      if (timeout.aborted) throw new TcpError("tcp-silent", `nothing within ${this.#withinMs} ms`);
      const code = systemCode(error);
      throw new TcpError(FAILURES[code] ?? "tcp-failed", code);
    }
  }
}

const FAILURES: Readonly<Record<string, TcpFailure>> = {
  ECONNREFUSED: "tcp-refused",
  ECONNRESET: "tcp-refused",
  EHOSTUNREACH: "tcp-unreachable",
  ENETUNREACH: "tcp-unreachable",
  EADDRNOTAVAIL: "tcp-unreachable",
  EAFNOSUPPORT: "tcp-unreachable",
  EINVAL: "tcp-unreachable", // from loopback to elsewhere
  ETIMEDOUT: "tcp-silent",
};

/** A connection of the system, open. @throws the system's error, or the signal's */
export function opened(to: { host: string; port: number; localAddress?: string }, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  if (signal.aborted) return Promise.reject(signal.reason);
  const socket = connect({ ...to, noDelay: true });
  const onAbort = () => {
    socket.destroy();
    reject(signal.reason);
  };
  const onError = (error: Error) => {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
    reject(error);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("error", onError);
  socket.once("connect", () => {
    signal.removeEventListener("abort", onAbort);
    socket.off("error", onError);
    socket.on("error", () => {}); // until somebody listens
    resolve(socket);
  });
  return promise;
}

export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
