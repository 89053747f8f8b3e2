import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { ListenError, UdpSockets } from "../../src/net/index.ts";
import { type Endpoint, type Ip, portOf } from "../../src/wire/index.ts";

const LOOPBACK = { ip: "127.0.0.1" as Ip, port: 0 };

interface Heard {
  readonly socket: number;
  readonly from: Endpoint;
  readonly text: string;
}

const toClose: { close(): void }[] = [];
afterEach(() => {
  for (const each of toClose.splice(0)) each.close();
});

async function opened(address: { ip: Ip; port: number } = LOOPBACK): Promise<{ sockets: UdpSockets; next: () => Promise<Heard> }> {
  const sockets = await UdpSockets.open(address);
  toClose.push({ close: () => sockets.closeAll() });
  const inbox: Heard[] = [];
  let waiting: ((heard: Heard) => void) | null = null;
  sockets.begin((socket, from, bytes) => {
    const heard = { socket, from, text: Buffer.from(bytes).toString() };
    if (waiting === null) inbox.push(heard);
    else waiting(heard);
    waiting = null;
  });
  return {
    sockets,
    next: () =>
      new Promise((resolve) => {
        const heard = inbox.shift();
        if (heard === undefined) waiting = resolve;
        else resolve(heard);
      }),
  };
}

async function plainSocket(type: "udp4" | "udp6" = "udp4", address = "127.0.0.1"): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket(type);
  toClose.push(socket);
  socket.bind(0, address);
  await once(socket, "listening");
  return { socket, port: socket.address().port };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the sockets of a node", () => {
  test("carry datagrams both ways, with the endpoint that they came from", async () => {
    const { sockets, next } = await opened();
    const { socket: peer, port } = await plainSocket();
    peer.send("question", portOf(sockets.local), "127.0.0.1");
    expect(await next()).toEqual({ socket: 0, from: `127.0.0.1:${port}`, text: "question" });
    const answer = once(peer, "message");
    sockets.send(0, `127.0.0.1:${port}` as Endpoint, bytes("answer"));
    const [message, from] = (await answer) as [Buffer, { port: number }];
    expect(message.toString()).toBe("answer");
    expect(from.port).toBe(portOf(sockets.local));
  });

  test("an IPv4 peer of a dual-stack socket shows as IPv4 and is answered", async () => {
    const { sockets, next } = await opened({ ip: "::" as Ip, port: 0 });
    const { socket: peer, port } = await plainSocket();
    peer.send("question", portOf(sockets.local), "127.0.0.1");
    expect((await next()).from).toBe(`127.0.0.1:${port}`);
    const answer = once(peer, "message");
    sockets.send(0, `127.0.0.1:${port}` as Endpoint, bytes("answer"));
    expect(String((await answer)[0])).toBe("answer");
  });

  test("an IPv6 peer of a dual-stack socket shows in brackets and is answered", async () => {
    const { sockets, next } = await opened({ ip: "::" as Ip, port: 0 });
    expect(sockets.local).toMatch(/^\[::\]:\d+$/);
    const { socket: peer, port } = await plainSocket("udp6", "::1");
    peer.send("question", portOf(sockets.local), "::1");
    expect((await next()).from).toBe(`[::1]:${port}`);
    const answer = once(peer, "message");
    sockets.send(0, `[::1]:${port}` as Endpoint, bytes("answer"));
    expect(String((await answer)[0])).toBe("answer");
  });

  test("a further socket has a port of its own, on which the node is heard and hears", async () => {
    const { sockets, next } = await opened();
    const port = await sockets.openFurther(7);
    expect(port).not.toBe(portOf(sockets.local));
    const { socket: peer, port: peerPort } = await plainSocket();
    const probe = once(peer, "message");
    sockets.send(7, `127.0.0.1:${peerPort}` as Endpoint, bytes("probe"));
    expect((await probe)[1]).toMatchObject({ port });
    peer.send("back", port, "127.0.0.1");
    expect(await next()).toMatchObject({ socket: 7, text: "back" });
  });

  test("a socket that is closed before it was open is not kept", async () => {
    const { sockets } = await opened();
    const opening = sockets.openFurther(7);
    sockets.close(7);
    await expect(opening).rejects.toMatchObject({ code: "ECANCELED" });
    sockets.send(7, "127.0.0.1:9" as Endpoint, bytes("x"));
    expect(sockets.errors).toEqual({ ENOTSOCK: 1 });
  });

  test("what cannot be sent is counted by its code and harms nobody", async () => {
    const { sockets, next } = await opened();
    sockets.send(0, "127.0.0.1:9" as Endpoint, new Uint8Array(65_536)); // longer than UDP can carry
    sockets.send(0, "[::1]:9" as Endpoint, bytes("IPv6 over an IPv4 socket"));
    sockets.send(0, "127.0.0.1:0" as Endpoint, bytes("no port"));
    const { socket: peer } = await plainSocket();
    peer.send("still here", portOf(sockets.local), "127.0.0.1");
    expect((await next()).text).toBe("still here");
    expect(Object.values(sockets.errors).reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(sockets.errors).toMatchObject({ EMSGSIZE: 1, EINVAL: 1, ERR_SOCKET_BAD_PORT: 1 });
  });

  test("nobody at the other end is no error", async () => {
    const { sockets, next } = await opened();
    const { socket: gone, port } = await plainSocket();
    gone.close();
    toClose.splice(toClose.indexOf(gone), 1);
    for (let copy = 0; copy < 3; copy++) sockets.send(0, `127.0.0.1:${port}` as Endpoint, bytes("x")); // ICMP port unreachable
    const { socket: peer } = await plainSocket();
    peer.send("still here", portOf(sockets.local), "127.0.0.1");
    expect((await next()).text).toBe("still here");
    expect(sockets.errors).toEqual({});
  });

  test("a port that is in use is refused with the system's code", async () => {
    const { sockets } = await opened();
    const again = UdpSockets.open({ ip: "127.0.0.1" as Ip, port: portOf(sockets.local) });
    await expect(again).rejects.toThrow(ListenError);
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE", at: sockets.local });
  });

  test("an address of another machine is refused with the system's code", async () => {
    await expect(UdpSockets.open({ ip: "192.0.2.1" as Ip, port: 0 })).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  });
});
