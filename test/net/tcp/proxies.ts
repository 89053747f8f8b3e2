/** Small proxies on loopback, which end with their test. */
import { createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Listener, takeHttp, takeSocks5, type Wanted } from "./proxy-talk.ts";

export { join, type Wanted } from "./proxy-talk.ts";

export interface Proxy {
  readonly port: number;
  /** Where it was asked to connect to, as `ip:port`. */
  readonly asked: string[];
  /** What it was shown as credentials. */
  readonly shown: string[];
}

/** A TCP server of the test; it and its connections end with the test. */
export async function serving(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

export function socks5(wanted: Wanted | null = null): Promise<Proxy> {
  return proxy(takeSocks5, wanted);
}

export function httpProxy(wanted: Wanted | null = null): Promise<Proxy> {
  return proxy(takeHttp, wanted);
}

async function proxy(take: (client: Socket, wanted: Wanted | null, heard: Listener) => void, wanted: Wanted | null): Promise<Proxy> {
  const heard = { asked: [] as string[], shown: [] as string[] };
  return { port: await serving((client) => take(client, wanted, heard)), ...heard };
}
