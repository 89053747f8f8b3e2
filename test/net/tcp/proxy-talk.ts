/** What small proxies do with one connection each: SOCKS5 and HTTP CONNECT, as the RFCs have them. */
import { connect, type Socket } from "node:net";

export interface Wanted {
  readonly user: string;
  readonly password: string;
}

/** Takes down what a proxy hears. */
export interface Listener {
  /** Where it is asked to connect to, as `ip:port`. */
  readonly asked: { push(to: string): unknown };
  /** What it is shown as credentials. */
  readonly shown: { push(credentials: string): unknown };
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
export function takeSocks5(client: Socket, wanted: Wanted | null, heard: Listener): void {
  talk(client, wanted, heard).catch(() => client.destroy());
}

async function talk(client: Socket, wanted: Wanted | null, heard: Listener): Promise<void> {
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
    heard.shown.push(`${user}:${password}`);
    const isRight = user === wanted.user && password === wanted.password;
    client.write(Uint8Array.of(1, isRight ? 0 : 1));
    if (!isRight) return void client.end();
  }
  const [, , , type] = await said.next(4);
  const address = await said.next(type === 4 ? 16 : 4);
  const [high = 0, low = 0] = await said.next(2);
  const host = type === 4 ? Buffer.from(address).toString("hex") : [...address].join(".");
  const port = (high << 8) | low;
  heard.asked.push(`${host}:${port}`);
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
export function takeHttp(client: Socket, wanted: Wanted | null, heard: Listener): void {
  let head = "";
  const onData = (piece: Buffer) => {
    head += piece.toString("latin1");
    if (!head.endsWith("\r\n\r\n")) return;
    client.off("data", onData);
    const [, host = "", target = ""] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    const basic = /\r\nProxy-Authorization: Basic (\S+)\r\n/.exec(head)?.[1];
    const shown = basic === undefined ? null : Buffer.from(basic, "base64").toString();
    if (shown !== null) heard.shown.push(shown);
    if (wanted !== null && shown !== `${wanted.user}:${wanted.password}`)
      return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
    heard.asked.push(`${host}:${target}`);
    const far = connect(Number(target), host.replace(/[[\]]/g, ""));
    far.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    far.on("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
      join(client, far);
    });
  };
  client.on("data", onData);
}
