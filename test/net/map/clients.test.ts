/** Each protocol with the system's own sockets, against gateways that do as they should, and against others. */
import { createSocket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { hearGateway } from "../../../src/net/map/announcements.ts";
import { type Granted, isRefused, type MapProtocol, type Wanted } from "../../../src/net/map/map-protocol.ts";
import { NatPmp } from "../../../src/net/map/nat-pmp.ts";
import { Pcp } from "../../../src/net/map/pcp.ts";
import { Upnp } from "../../../src/net/map/upnp.ts";
import { FakeGateway } from "./fake-gateway.ts";

const WANTED: Wanted = { transport: "udp", port: 7_667, outsidePort: 7_667, lifetimeS: 3_600 };
const NONCE = new Uint8Array(12).fill(7);
const PMP_PORT = 5_351;
const SSDP_PORT = 1_900;
const IP1 = "urn:schemas-upnp-org:service:WANIPConnection:1";

const pcp = () => new Pcp(() => NONCE);
const upnp = () => new Upnp((length) => new Uint8Array(length).fill(0x40));
const silent = { reason: "gateway-silent", code: null };
const nonsense = { reason: "gateway-nonsense", code: null };

/** The timers of the clients are the test's; the sockets are not. */
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** What PCP answers to a request, as it should be. */
function pcpAnswer(asked: Uint8Array): Uint8Array {
  const answer = Uint8Array.from(asked);
  answer[1] = 0x81;
  answer.set([0, 0, 0, 123], 8);
  answer.fill(0, 12, 24);
  answer.set([203, 0, 113, 5], 56);
  return answer;
}

function pmpAnswer(asked: Uint8Array): Uint8Array {
  const clock = [0, 0, 0, 123];
  if (asked[1] === 0) return Uint8Array.of(0, 128, 0, 0, ...clock, 203, 0, 113, 5);
  return Uint8Array.of(0, 128 + (asked[1] ?? 0), 0, 0, ...clock, ...asked.subarray(4));
}

/** Lets the clock of the client run once the gateway was asked. */
async function outOfTime<T>(gateway: FakeGateway, result: Promise<T>, ms = 3_000): Promise<T> {
  await vi.advanceTimersByTimeAsync(0);
  await gateway.heard(1);
  await vi.advanceTimersByTimeAsync(ms);
  return result;
}

/** The first copy of what is asked leaves at once. */
async function soon<T>(result: Promise<T>): Promise<T> {
  const beat = setInterval(() => void vi.advanceTimersByTimeAsync(1), 2);
  return result.finally(() => clearInterval(beat));
}

describe.each<[string, () => MapProtocol, (asked: Uint8Array) => Uint8Array]>([
  ["PCP", pcp, pcpAnswer],
  ["NAT-PMP", () => new NatPmp(), pmpAnswer],
])("%s", (_, client, answer) => {
  test("is given a port, and gives it back", async () => {
    const gateway = new FakeGateway();
    await gateway.udp(PMP_PORT, answer);
    const protocol = client();
    expect(await soon(protocol.map(gateway.place, WANTED))).toEqual({ outside: "203.0.113.5:7667", lifetimeS: 3_600, epochS: 123 });
    await soon(protocol.unmap(gateway.place, WANTED));
    const lifetimeAt = gateway.asked.at(-1)?.length === 60 ? 4 : 8;
    expect(gateway.asked.at(-1)?.subarray(lifetimeAt, lifetimeAt + 4)).toEqual(Buffer.alloc(4));
  });

  test("asks again when a datagram was lost, three times in all, and then lets go", async () => {
    const gateway = new FakeGateway();
    await gateway.udp(PMP_PORT, () => null);
    expect(await outOfTime(gateway, client().map(gateway.place, WANTED))).toEqual(silent);
    await gateway.heard(3);
    expect(gateway.asked).toHaveLength(3);
  });

  test("knows at once that nobody listens there", async () => {
    expect(await soon(client().map(new FakeGateway().place, WANTED))).toEqual(silent);
  });

  test("waits for the right answer among others, up to sixteen", async () => {
    const patient = new FakeGateway();
    await patient.udp(PMP_PORT, (asked) => [Uint8Array.of(1, 2, 3), new Uint8Array(1_400), answer(asked)]);
    expect(isRefused(await soon(client().map(patient.place, WANTED)))).toBe(false);
    const flood = new FakeGateway();
    await flood.udp(PMP_PORT, () => Array.from({ length: 40 }, () => new Uint8Array(70)));
    expect(await soon(client().map(flood.place, WANTED))).toEqual(nonsense);
  });

  test("takes nonsense for what it is when nothing else comes", async () => {
    const gateway = new FakeGateway();
    await gateway.udp(PMP_PORT, () => new Uint8Array(61));
    const result = client().map(gateway.place, WANTED);
    await vi.advanceTimersByTimeAsync(0);
    await gateway.heard(1);
    await new Promise(setImmediate);
    expect(await outOfTime(gateway, result)).toEqual(nonsense);
  });

  test("hears nobody but the gateway, and at no other port of it", async () => {
    const gateway = new FakeGateway();
    const others = await Promise.all([gateway.ip, "127.77.255.1"].map(strangerAt));
    const own = await gateway.udp(PMP_PORT, () => null);
    own.on("message", (asked, { port, address }) => {
      for (const other of others) other.send(answer(asked), port, address);
    });
    expect(await outOfTime(gateway, client().map(gateway.place, WANTED))).toEqual(silent);
  });
});

async function strangerAt(ip: string) {
  const socket = createSocket("udp4");
  await new Promise<void>((bound) => socket.bind(0, ip, bound));
  onTestFinished(() => void socket.close());
  return socket;
}

describe("UPnP", () => {
  /** A gateway with a description, whose orders a test answers. */
  async function described(orders: (action: string, body: string) => readonly [status: number, body: string]): Promise<FakeGateway> {
    const gateway = new FakeGateway();
    const at = await gateway.http((request, body, response) => {
      if (request.method === "GET") response.end(description("/ctl"));
      else {
        const [status, text] = orders(String(request.headers.soapaction), body);
        response.writeHead(status).end(text);
      }
    });
    await gateway.udp(SSDP_PORT, () => found(`${at}/desc.xml`));
    return gateway;
  }

  const description = (control: string) =>
    `<?xml version="1.0"?><root><device><serviceList><service><serviceType>${IP1}</serviceType><controlURL>${control}</controlURL></service></serviceList></device></root>`;
  const found = (location: string) => Buffer.from(`HTTP/1.1 200 OK\r\nLOCATION: ${location}\r\n\r\n`);
  const fault = (code: number) => `<e><detail><UPnPError><errorCode>${code}</errorCode></UPnPError></detail></e>`;
  const address = "<e><b><r><NewExternalIPAddress>203.0.113.5</NewExternalIPAddress></r></b></e>";
  const done = "<e><b/></e>";
  const yes = (action: string): readonly [number, string] => [200, action.includes("GetExternal") ? address : done];

  test("finds the gateway, asks for the port, and gives it back", async () => {
    const bodies: string[] = [];
    const gateway = await described((action, body) => {
      bodies.push(body);
      return yes(action);
    });
    const protocol = upnp();
    const granted = await soon(protocol.map(gateway.place, WANTED));
    expect(granted).toEqual({ outside: "203.0.113.5:7667", lifetimeS: 3_600, epochS: null });
    await soon(protocol.unmap(gateway.place, { ...WANTED, outsidePort: 7_667 }));
    expect(gateway.requests).toEqual([
      "GET /desc.xml",
      ...["GetExternalIPAddress", "AddPortMapping", "DeletePortMapping"].map((action) => `POST /ctl ${action}`),
    ]);
    expect(bodies[1]).toContain("<NewInternalClient>127.0.0.1</NewInternalClient>");
    expect(bodies[1]).toContain("<NewProtocol>UDP</NewProtocol>");
    expect(gateway.asked[0]?.toString()).toMatch(/^M-SEARCH \* HTTP\/1\.1\r\n/);
  });

  test("takes another port where that one is somebody else's, and a mapping without end where there is no other", async () => {
    const gateway = await described((action, body) => {
      if (!action.includes("AddPort")) return yes(action);
      if (body.includes("<NewExternalPort>7667<")) return [500, fault(718)];
      return body.includes("<NewLeaseDuration>0<") ? [200, done] : [500, fault(725)];
    });
    expect(await soon(upnp().map(gateway.place, WANTED))).toEqual({ outside: `203.0.113.5:${1_024 + 0x4040}`, lifetimeS: 0, epochS: null });
  });

  test("asks four times at most, and tells the code of a refusal", async () => {
    const taken = await described((action) => (action.includes("AddPort") ? [500, fault(718)] : yes(action)));
    expect(await soon(upnp().map(taken.place, WANTED))).toEqual({ reason: "gateway-refused", code: 718 });
    expect(taken.requests.filter((each) => each.includes("AddPort"))).toHaveLength(4);
    const closed = await described((action) => (action.includes("AddPort") ? [500, fault(606)] : yes(action)));
    expect(await soon(upnp().map(closed.place, WANTED))).toEqual({ reason: "gateway-refused", code: 606 });
  });

  test.each<[string, readonly [number, string]]>([
    ["no address", [200, "<e/>"]],
    ["an address of IPv6", [200, address.replace("203.0.113.5", "2001:db8::1")]],
    ["what is no XML", [200, "<html><br>"]],
    ["a page without a code", [500, "<html></html>"]],
    ["another status", [404, ""]],
  ])("takes %s for nonsense", async (_, said) => {
    const gateway = await described(() => said);
    expect(await soon(upnp().map(gateway.place, WANTED))).toEqual(nonsense);
  });

  test("follows a redirect nowhere, be it for the description or for an order", async () => {
    const other = new FakeGateway();
    const elsewhere = await other.http((_, __, response) => response.end(description("/ctl")));
    for (const redirected of ["GET", "POST"]) {
      const gateway = new FakeGateway();
      const at = await gateway.http((request, _, response) => {
        if (request.method === redirected) response.writeHead(307, { Location: `${elsewhere}/desc.xml` }).end();
        else response.end(description("/ctl"));
      });
      await gateway.udp(SSDP_PORT, () => found(`${at}/desc.xml`));
      expect(await soon(upnp().map(gateway.place, WANTED))).toEqual(nonsense);
    }
    expect(other.requests).toEqual([]);
  });

  test("goes to no other host, whatever the gateway or anybody else says", async () => {
    const other = new FakeGateway();
    const elsewhere = await other.http((_, __, response) => response.end(description("/ctl")));
    const pointing = new FakeGateway();
    await pointing.udp(SSDP_PORT, () => found(`${elsewhere}/desc.xml`));
    expect(await soon(upnp().map(pointing.place, WANTED))).toEqual(nonsense);
    const ordering = new FakeGateway();
    const at = await ordering.http((_, __, response) => response.end(description(`${elsewhere}/ctl`)));
    await ordering.udp(SSDP_PORT, () => found(`${at}/desc.xml`));
    expect(await soon(upnp().map(ordering.place, WANTED))).toEqual(nonsense);
    const asked = new FakeGateway();
    const stranger = await strangerAt("127.77.255.2");
    const socket = await asked.udp(SSDP_PORT, () => null);
    socket.on("message", (_, { port, address: ip }) => stranger.send(found(`${elsewhere}/desc.xml`), port, ip));
    expect(await outOfTime(asked, upnp().map(asked.place, WANTED))).toEqual(silent);
    expect(other.requests).toEqual([]);
  });

  test("lets go of an answer that has no end", async () => {
    const gateway = new FakeGateway();
    let closed = false;
    const at = await gateway.http((request, _, response) => {
      request.socket.on("close", () => {
        closed = true;
      });
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536, "<"), () => setImmediate(more));
      };
      more();
    });
    await gateway.udp(SSDP_PORT, () => found(`${at}/desc.xml`));
    expect(await soon(upnp().map(gateway.place, WANTED))).toEqual(nonsense);
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  test("lets go of an answer that drips, and of one that does not come", async () => {
    for (const first of ["<root>", ""]) {
      const gateway = new FakeGateway();
      const began = Promise.withResolvers<void>();
      const at = await gateway.http((_, __, response) => {
        if (first === "") began.resolve();
        else response.write(first, () => began.resolve());
      });
      await gateway.udp(SSDP_PORT, () => found(`${at}/desc.xml`));
      const result = upnp().map(gateway.place, WANTED);
      await soon(began.promise);
      await vi.advanceTimersByTimeAsync(3_000);
      expect(await result).toEqual(silent);
    }
  });

  test("does not read headers without end", async () => {
    const gateway = new FakeGateway();
    const at = await gateway.http((_, __, response) => {
      for (let n = 0; n < 100; n++) response.setHeader(`x-${n}`, "y".repeat(200));
      response.end(description("/ctl"));
    });
    await gateway.udp(SSDP_PORT, () => found(`${at}/desc.xml`));
    expect(await soon(upnp().map(gateway.place, WANTED))).toEqual(silent);
  });
});

test("a gateway that calls to all is heard, others are not", async () => {
  const gateway = new FakeGateway();
  const said: number[] = [];
  const ear = await hearGateway(gateway.place, () => void said.push(said.length));
  onTestFinished(() => ear?.end());
  expect(ear).not.toBeNull();
  const announcement = pmpAnswer(Uint8Array.of(0, 0));
  const own = await gateway.udp(PMP_PORT, () => null);
  const stranger = await strangerAt(gateway.ip);
  const other = await strangerAt("127.77.255.3");
  for (const socket of [stranger, other]) socket.send(announcement, 5_350, "127.0.0.1");
  own.send(Uint8Array.of(0, 0), 5_350, "127.0.0.1");
  own.send(announcement, 5_350, "127.0.0.1");
  await vi.waitFor(() => expect(said).toEqual([0]));
});

test("a grant and a refusal are told apart", () => {
  const granted: Granted = { outside: "203.0.113.5:7667" as never, lifetimeS: 1, epochS: null };
  expect([isRefused(granted), isRefused({ reason: "gateway-silent", code: null })]).toEqual([false, true]);
});
