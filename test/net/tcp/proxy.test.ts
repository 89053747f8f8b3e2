import { describe, expect, test } from "vitest";
import { type Dialler, DirectDialler, TcpError } from "../../../src/net/tcp/dial.ts";
import { ProxyDialler } from "../../../src/net/tcp/proxy.ts";
import { parseProxy, shownProxy } from "../../../src/net/tcp/proxy-address.ts";
import type { Ip } from "../../../src/wire/index.ts";
import { httpProxy, serving, socks5, type Wanted } from "./proxies.ts";

const ADA: Wanted = { user: "ada", password: "p@ss wörd:%" };
const LOOPBACK = "127.0.0.1" as Ip;

function through(kind: "socks5" | "http", port: number, credentials: Wanted | null = null, withinMs?: number): Dialler {
  return new ProxyDialler({ kind, host: "127.0.0.1", port, credentials }, withinMs);
}

/** A server that says what it hears back, once. */
function echo(): Promise<number> {
  return serving((socket) => socket.on("data", (piece) => socket.write(piece)));
}

async function said(dialler: Dialler, port: number, ip = LOOPBACK): Promise<string> {
  const socket = await dialler.dial({ ip, port }, new AbortController().signal);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on("data", (piece) => resolve(piece.toString()));
  socket.resume();
  socket.write("hello");
  const answer = await promise;
  socket.destroy();
  return answer;
}

/** The code and detail that a dial fails with. */
async function failure(dialler: Dialler, port = 9, ip = LOOPBACK): Promise<string> {
  const error: unknown = await dialler.dial({ ip, port }, new AbortController().signal).then(
    (socket) => socket.destroy(),
    (reason: unknown) => reason,
  );
  return error instanceof TcpError ? error.code : `no TcpError: ${String(error)}`;
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("a TCP connection", () => {
  test("is opened straight", async () => {
    expect(await said(new DirectDialler(undefined), await echo())).toBe("hello");
    expect(await said(new DirectDialler("127.0.0.2"), await echo())).toBe("hello");
  });

  test("that nobody takes is told of by a code", async () => {
    expect(await failure(new DirectDialler(undefined), await freePort())).toBe("tcp-refused");
    const given = new AbortController();
    given.abort();
    await expect(new DirectDialler(undefined).dial({ ip: LOOPBACK, port: 9 }, given.signal)).rejects.toThrow(TcpError);
  });
});

describe.each([
  ["socks5", socks5],
  ["http", httpProxy],
] as const)("a proxy of %s", (kind, start) => {
  test("is asked for the address and passes all on", async () => {
    const far = await echo();
    const proxy = await start();
    expect(await said(through(kind, proxy.port), far)).toBe("hello");
    expect(proxy.asked).toEqual([`127.0.0.1:${far}`]);
  });

  test("is shown name and password where it wants them, and only there", async () => {
    const far = await echo();
    const proxy = await start(ADA);
    expect(await said(through(kind, proxy.port, ADA), far)).toBe("hello");
    expect(proxy.shown).toEqual([`${ADA.user}:${ADA.password}`]);
    if (kind === "http") return; // there they come unasked
    const open = await start();
    expect(await said(through(kind, open.port, ADA), far)).toBe("hello");
    expect(open.shown).toEqual([]);
  });

  test("that wants other credentials, or some, is told of so", async () => {
    const proxy = await start(ADA);
    expect(await failure(through(kind, proxy.port, { user: "ada", password: "guess" }))).toBe("proxy-credentials");
    expect(await failure(through(kind, proxy.port))).toBe("proxy-credentials");
  });

  test("that is not there is no failure of the far end", async () => {
    expect(await failure(through(kind, await freePort()))).toBe("proxy-unreachable");
  });

  test("says why it did not get through", async () => {
    const proxy = await start();
    expect(await failure(through(kind, proxy.port), await freePort())).toBe(kind === "socks5" ? "tcp-refused" : "tcp-unreachable");
  });

  test("is asked for addresses of version 6 in its own form", async () => {
    const proxy = await start();
    await failure(through(kind, proxy.port), 9, "::1" as Ip);
    await failure(through(kind, proxy.port), 9, "2001:db8::f:1" as Ip);
    const [loopback, other] = proxy.asked;
    if (kind === "http") expect([loopback, other]).toEqual(["[::1]:9", "[2001:db8::f:1]:9"]);
    else expect([loopback, other]).toEqual([`${"0".repeat(31)}1:9`, `20010db8${"0".repeat(16)}000f0001:9`]);
  });

  test.each([
    ["hangs up at once", (): null => null],
    ["answers junk", () => "SSH-2.0-OpenSSH_9.2\r\n"],
    ["answers with zeros", () => "\0\0\0\0\0\0\0\0\0\0"],
    ["answers without end", () => "HTTP/1.1 200 OK\r\nx: ".padEnd(20_000, "x")],
    ["answers a method that was not offered", () => "\x05\x01"],
    ["answers with an address of no type", () => "\x05\x00\x05\x00\x00\x09"],
    ["answers half", () => "\x05"],
    ["answers an odd status", () => "HTTP/1.1 2x0 \r\n\r\n"],
  ])("that %s is no proxy, and costs nothing but the attempt", async (_name, answer) => {
    const port = await serving((socket) => {
      socket.on("data", () => {
        const text = answer();
        if (text === null) socket.destroy();
        else socket.end(text, "latin1");
      });
    });
    expect(await failure(through(kind, port, ADA))).toBe("proxy-bad-answer");
  });

  test("that says nothing is waited for no longer than so", async () => {
    const port = await serving(() => {});
    expect(await failure(through(kind, port, null, 50))).toBe(kind === "socks5" ? "proxy-bad-answer" : "tcp-silent");
  });

  test("that waits for a silent far end in vain is not blamed for it", async () => {
    const port = await serving((socket) => socket.once("data", () => kind === "socks5" && socket.write(Uint8Array.of(5, 0))));
    expect(await failure(through(kind, port, null, 100))).toBe("tcp-silent");
  });

  test("that refuses says so", async () => {
    const port = await serving((socket) => {
      let pieces = 0;
      socket.on("data", () => {
        if (kind === "http") socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        else if (++pieces === 1) socket.write(Uint8Array.of(5, 0));
        else socket.end(Uint8Array.of(5, 2, 0, 1, 0, 0, 0, 0, 0, 0));
      });
    });
    expect(await failure(through(kind, port))).toBe("proxy-refused");
  });
});

describe("a proxy's address", () => {
  test.each([
    ["socks5://127.0.0.1:1080", { kind: "socks5", host: "127.0.0.1", port: 1_080, credentials: null }],
    ["socks5h://proxy.example.org", { kind: "socks5", host: "proxy.example.org", port: 1_080, credentials: null }],
    ["http://proxy.example.org:80/", { kind: "http", host: "proxy.example.org", port: 80, credentials: null }],
    ["http://[2001:db8::1]:3128", { kind: "http", host: "2001:db8::1", port: 3_128, credentials: null }],
    ["socks5://ada:p%40ss%20w%C3%B6rd%3A%25@[::1]:9050", { kind: "socks5", host: "::1", port: 9_050, credentials: ADA }],
    ["http://ada@10.0.0.1:3128", { kind: "http", host: "10.0.0.1", port: 3_128, credentials: { user: "ada", password: "" } }],
  ])("is read: %s", (text, address) => {
    expect(parseProxy(text)).toEqual(address);
  });

  test.each([
    "",
    "proxy:1080",
    "https://proxy:443",
    "socks4://proxy:1080",
    "socks5://",
    "socks5://:1080",
    "http://proxy:0",
    "http://proxy:70000",
  ])("is none: %s", (text) => {
    expect(parseProxy(text)).toBeNull();
  });

  test.each([
    "socks5://:secret@proxy:1080",
    `socks5://ada:${"x".repeat(256)}@proxy`,
    "socks5://a%ZZ:b@proxy",
    "http://proxy:1/path",
    "http://proxy:1?q",
  ])("is none that can be used: %s", (text) => {
    expect(parseProxy(text)).toBeNull();
  });

  test("is shown without what is in it", () => {
    for (const text of ["socks5://ada:secret@[::1]:9050", "http://ada:secret@proxy:3128"]) {
      const address = parseProxy(text);
      const shown = address === null ? "" : shownProxy(address);
      expect(shown).toMatch(/^(socks5|http):\/\/…@/);
      expect(shown).not.toMatch(/ada|secret/);
    }
  });
});
