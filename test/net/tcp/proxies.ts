/** Small proxies on loopback, as the RFCs have them, and what answers like none. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Proxy {
  readonly port: number;
  /** Where it was asked to connect to, as `ip:port`. */
  readonly asked: string[];
  /** What it was shown as credentials. */
  readonly shown: string[];
}

export interface Wanted {
  readonly user: string;
  readonly password: string;
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

/** Carries bytes both ways between two connections. */
export function join(one: Socket, other: Socket): void {
  other.on("error", () => one.destroy());
  one.on("error", () => other.destroy());
  one.on("close", () => other.destroy());
  other.on("close", () => one.destroy());
  one.pipe(other);
  other.pipe(one);
}

/** SOCKS5: RFC 1928, and RFC 1929 where it wants credentials. It does not trust TCP to keep pieces together. */
export async function socks5(wanted: Wanted | null = null): Promise<Proxy> {
  const proxy = { asked: [] as string[], shown: [] as string[] };
  const port = await serving((client) => void talk(client, wanted, proxy).catch(() => client.destroy()));
  return { port, ...proxy };
}

async function talk(client: Socket, wanted: Wanted | null, proxy: Omit<Proxy, "port">): Promise<void> {
  const said = new Said(client);
  const [, count = 0] = await said.next(2);
  const methods = [...(await said.next(count))];
  const method = wanted === null ? 0 : 2;
  client.write(Uint8Array.of(5, methods.includes(method) ? method : 0xff));
  if (wanted !== null) {
    const [, userLength = 0] = await said.next(2);
    const user = Buffer.from(await said.next(userLength)).toString();
    const [passwordLength = 0] = await said.next(1);
    const password = Buffer.from(await said.next(passwordLength)).toString();
    proxy.shown.push(`${user}:${password}`);
    const isRight = user === wanted.user && password === wanted.password;
    client.write(Uint8Array.of(1, isRight ? 0 : 1));
    if (!isRight) return void client.end();
  }
  const [, , , type] = await said.next(4);
  const address = await said.next(type === 4 ? 16 : 4);
  const [high = 0, low = 0] = await said.next(2);
  const host = type === 4 ? Buffer.from(address).toString("hex") : [...address].join(".");
  const port = (high << 8) | low;
  proxy.asked.push(`${host}:${port}`);
  const far = connect(port, type === 4 ? "::1" : host);
  far.on("error", () => client.end(Uint8Array.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)));
  far.on("connect", () => {
    for (const byte of [5, 0, 0, 3, 4, 0x68, 0x65, 0x72, 0x65, 0, 0]) client.write(Uint8Array.of(byte)); // bound to the name "here"
    said.end();
    join(client, far);
  });
}

/** What a connection says, so many bytes at a time. */
class Said {
  readonly #socket: Socket;
  #held = Buffer.alloc(0);
  #more = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("close", () => this.#more.reject(new Error("closed")));
  }

  async next(count: number): Promise<Uint8Array> {
    while (this.#held.length < count) await this.#more.promise;
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** Gives the connection back with what was not asked for. */
  end(): void {
    this.#socket.pause();
    this.#socket.off("data", this.#onData);
    if (this.#held.length > 0) this.#socket.unshift(this.#held);
  }

  readonly #onData = (piece: Buffer): void => {
    this.#held = Buffer.concat([this.#held, piece]);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
    this.#more.promise.catch(() => {});
  };
}

/** HTTP CONNECT. */
export async function httpProxy(wanted: Wanted | null = null): Promise<Proxy> {
  const proxy = { asked: [] as string[], shown: [] as string[] };
  const port = await serving((client) => {
    let head = "";
    const onData = (piece: Buffer) => {
      head += piece.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      client.off("data", onData);
      const [, host = "", target = ""] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
      const basic = /\r\nProxy-Authorization: Basic (\S+)\r\n/.exec(head)?.[1];
      if (basic !== undefined) proxy.shown.push(Buffer.from(basic, "base64").toString());
      if (wanted !== null && proxy.shown.at(-1) !== `${wanted.user}:${wanted.password}`)
        return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
      proxy.asked.push(`${host}:${target}`);
      const far = connect(Number(target), host.replace(/[[\]]/g, ""));
      far.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
      far.on("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
        join(client, far);
      });
    };
    client.on("data", onData);
  });
  return { port, ...proxy };
}
