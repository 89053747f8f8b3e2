import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DirectDialler } from "../../../src/net/tcp/dial.ts";
import { type TcpHandlers, TcpSockets } from "../../../src/net/tcp/tcp-sockets.ts";
import { type Endpoint, type Ip, streamed } from "../../../src/wire/index.ts";
import { serving } from "./proxies.ts";

interface Side extends TcpHandlers {
  readonly sockets: TcpSockets;
  readonly accepted: { readonly socket: number; readonly from: Endpoint }[];
  readonly came: { readonly socket: number; readonly bytes: string }[];
  readonly ended: string[];
  readonly counted: string[];
}

function side(): Side {
  const counted: string[] = [];
  const sockets = new TcpSockets(new DirectDialler(undefined), (code) => counted.push(code));
  onTestFinished(() => sockets.closeAll());
  const it: Side = {
    sockets,
    accepted: [],
    came: [],
    ended: [],
    counted,
    onAccepted: (socket, from) => it.accepted.push({ socket, from }),
    onDatagram: (socket, bytes) => it.came.push({ socket, bytes: Buffer.from(bytes).toString() }),
    onEnded: (socket, code) => it.ended.push(`${socket} ${code}`),
  };
  sockets.begin(it);
  return it;
}

/** One that listens, and its endpoint. */
async function listening(): Promise<{ far: Side; at: Endpoint; port: number }> {
  const far = side();
  const port = await far.sockets.listen({ ip: "127.0.0.1" as Ip, port: 0 });
  return { far, at: `127.0.0.1:${port}` as Endpoint, port };
}

/** A connection that the test speaks over byte by byte. */
async function raw(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

const soon = { timeout: 5_000, interval: 5 };

describe("TCP connections", () => {
  test("carry datagrams both ways, and say who has come", async () => {
    const { far, at } = await listening();
    const near = side();
    await near.sockets.open(3, at);
    near.sockets.send(3, Buffer.from("one"));
    near.sockets.send(3, Buffer.from("two"));
    await vi.waitFor(() => expect(far.came.map(({ bytes }) => bytes)).toEqual(["one", "two"]), soon);
    const [first] = far.accepted;
    expect(first?.socket).toBeLessThan(0);
    expect(first?.from).toMatch(/^127\.0\.0\.1:\d+$/);
    far.sockets.send(first?.socket ?? 0, Buffer.from("three"));
    await vi.waitFor(() => expect(near.came).toEqual([{ socket: 3, bytes: "three" }]), soon);
    near.sockets.close(3);
    await vi.waitFor(() => expect(far.ended).toEqual([`${first?.socket} tcp-ended`]), soon);
    expect(near.ended).toEqual([]); // who closes needs not be told
    expect([near.sockets.count, far.sockets.count]).toEqual([0, 0]);
  });

  test("that are refused, or closed before they are open, are told of", async () => {
    const near = side();
    const port = await serving(() => {});
    await expect(near.sockets.open(1, "127.0.0.1:1" as Endpoint)).rejects.toMatchObject({ code: "tcp-refused" });
    const opening = near.sockets.open(2, `127.0.0.1:${port}` as Endpoint);
    near.sockets.close(2);
    await expect(opening).rejects.toMatchObject({ code: "tcp-failed" });
    expect(near.sockets.has(2)).toBe(false);
  });

  test("take a datagram in pieces, and several in one", async () => {
    const { far, port } = await listening();
    const socket = await raw(port);
    for (const byte of streamed(Buffer.from("slowly"))) socket.write(Uint8Array.of(byte));
    socket.write(Buffer.concat([streamed(Buffer.from("a")), streamed(Buffer.from("b"))]));
    await vi.waitFor(() => expect(far.came.map(({ bytes }) => bytes)).toEqual(["slowly", "a", "b"]), soon);
  });

  test.each([
    ["0", [0, 0]],
    ["more than a datagram has", [0x20, 0x01]],
    ["what begins a request of HTTP", [...Buffer.from("GET / HTTP/1.1")]],
  ])("with a length of %s are ended at once", async (_name, bytes) => {
    const { far, port } = await listening();
    const socket = await raw(port);
    socket.write(Uint8Array.from(bytes));
    await vi.waitFor(() => expect(far.ended).toEqual([expect.stringMatching(/^-\d+ tcp-length$/)]), soon);
    expect(far.came).toEqual([]);
  });

  test("to one that reads nothing hold so much, and drop the rest", async () => {
    const port = await serving((socket) => socket.pause());
    const near = side();
    await near.sockets.open(1, `127.0.0.1:${port}` as Endpoint);
    const frame = new Uint8Array(1_200);
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 40; n++) {
      for (let m = 0; m < 1_000; m++) near.sockets.send(1, frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(near.counted.filter((code) => code === "tcp-full").length).toBeGreaterThan(20_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((40_000 * 1_200) / 2);
    expect(near.ended).toEqual([]);
  });

  test("are not taken before the node has begun, nor after its end", async () => {
    const sockets = new TcpSockets(new DirectDialler(undefined), () => {});
    onTestFinished(() => sockets.closeAll());
    const { far, at } = await listening();
    far.sockets.closeAll();
    await expect(side().sockets.open(1, at)).rejects.toMatchObject({ code: "tcp-refused" });
    const socket = await raw(await sockets.listen({ ip: "127.0.0.1" as Ip, port: 0 }));
    await new Promise((resolve) => socket.once("end", resolve).once("close", resolve).resume());
    expect(sockets.count).toBe(0);
  });

  test("cannot be taken where another program does", async () => {
    const port = await serving(() => {});
    await expect(side().sockets.listen({ ip: "127.0.0.1" as Ip, port })).rejects.toMatchObject({
      code: "tcp-failed",
      detail: "EADDRINUSE",
    });
  });
});
