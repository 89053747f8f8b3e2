/** The two kinds of beacon, with the system's own sockets, on loopback and a port of their own. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LanInterface, mdns, multicast } from "../../../src/net/index.ts";
import type { Beacon, BeaconHandlers, BeaconKind, Heard } from "../../../src/net/lan/beacon.ts";
import type { InstanceId, Ip } from "../../../src/wire/index.ts";

const LOOPBACK: LanInterface = { name: "lo", family: "v4", ip: "127.0.0.1" as Ip, prefix: 8 };
const TAG = "0123456789abcdef" as InstanceId;
const OTHER = "fedcba9876543210" as InstanceId;

/** A port that nobody uses. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

class Ear implements BeaconHandlers {
  readonly heard: Heard[] = [];
  readonly faults: string[] = [];
  asked = 0;
  readonly #waiting: (() => void)[] = [];

  onHeard(heard: Heard): void {
    this.heard.push(heard);
    for (const look of this.#waiting) look();
  }

  onAsked(): void {
    this.asked++;
    for (const look of this.#waiting) look();
  }

  onFault(code: string): void {
    this.faults.push(code);
  }

  until(fits: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => fits() && resolve();
      this.#waiting.push(look);
      look();
    });
  }
}

async function opened(kind: BeaconKind): Promise<{ beacon: Beacon; ear: Ear }> {
  const ear = new Ear();
  const beacon = await kind.open(LOOPBACK, ear);
  onTestFinished(() => beacon.end());
  return { beacon, ear };
}

/** All that goes to a group, byte by byte, as somebody who only listens has it. */
async function listener(group: string, port: number): Promise<{ socket: Socket; next(): Promise<Buffer> }> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.bind(port);
  await once(socket, "listening");
  socket.addMembership(group, "127.0.0.1");
  socket.setMulticastInterface("127.0.0.1");
  onTestFinished(() => void socket.close());
  return { socket, next: async () => (await once(socket, "message"))[0] as Buffer };
}

describe.each([
  ["multicast", multicast],
  ["mdns", mdns],
])("%s", (_, kindAt) => {
  test("is heard with its tag, at the address that it comes from", async () => {
    const kind = kindAt(await freePort());
    const [a, b] = [await opened(kind), await opened(kind)];
    a.beacon.announce({ tag: TAG, port: 7_667 });
    await b.ear.until(() => b.ear.heard.length > 0);
    expect(b.ear.heard[0]).toEqual({ tag: TAG, endpoint: "127.0.0.1:7667" });
    expect([...a.ear.faults, ...b.ear.faults]).toEqual([]);
  });

  test("passes over what is none of it", async () => {
    const port = await freePort();
    const { ear, beacon } = await opened(kindAt(port));
    const { socket } = await listener(kindAt === mdns ? "224.0.0.251" : "239.255.76.67", port);
    const junk = [
      "",
      "{",
      '{"msg_type":"HELLO"}',
      '{"msg_type":"HELLO","msg_data":{"ptp":{"lan":"x","port":1}}}',
      "\0".repeat(12),
      "x".repeat(9_000),
    ];
    for (const text of junk) socket.send(text, port, kindAt === mdns ? "224.0.0.251" : "239.255.76.67");
    beacon.announce({ tag: OTHER, port: 7_668 });
    await ear.until(() => ear.heard.length > 0);
    expect(ear.heard.map(({ tag }) => tag)).toEqual([OTHER]);
  });
});

test("the multicast is this very HELLO", async () => {
  const port = await freePort();
  const { next } = await listener("239.255.76.67", port);
  const { beacon } = await opened(multicast(port));
  const bytes = next();
  beacon.announce({ tag: TAG, port: 7_667 });
  expect((await bytes).toString()).toBe('{"msg_type":"HELLO","msg_data":{"ptp":{"lan":"0123456789abcdef","port":7667}}}');
});

test("mDNS asks first who is there, and takes back what it said when it ends", async () => {
  const kind = mdns(await freePort());
  const ear = new Ear();
  const b = await opened(kind);
  const a = await kind.open(LOOPBACK, ear);
  a.announce({ tag: TAG, port: 7_667 });
  await b.ear.until(() => b.ear.asked === 1 && b.ear.heard.length === 1);
  a.announce({ tag: TAG, port: 7_667 });
  await b.ear.until(() => b.ear.heard.length === 2);
  expect(b.ear.asked).toBe(1);
  a.end();
  b.beacon.announce({ tag: OTHER, port: 7_668 });
  await b.ear.until(() => b.ear.heard.some(({ tag }) => tag === OTHER));
  expect(b.ear.heard.filter(({ tag }) => tag === TAG)).toHaveLength(2);
});
