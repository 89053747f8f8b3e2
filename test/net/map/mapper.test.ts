import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { NoPlace } from "../../../src/net/map/gateway.ts";
import type { Granted, MapKind, MapProtocol, Place, Refused, Wanted } from "../../../src/net/map/map-protocol.ts";
import { Mapper } from "../../../src/net/map/mapper.ts";
import { type Endpoint, endpoint, type Ip } from "../../../src/wire/index.ts";

const HOME: Place = { gateway: "192.168.1.1" as Ip, own: "192.168.1.10" as Ip };
const CAFE: Place = { gateway: "10.0.0.1" as Ip, own: "10.0.0.77" as Ip };
const OUTSIDE = "203.0.113.5" as Ip;
const silent: Refused = { reason: "gateway-silent", code: null };
const HOUR_MS = 3_600_000;

/** A gateway's protocol whose answers are the test's. */
class FakeProtocol implements MapProtocol {
  readonly asked: (Wanted & Place & { readonly at: number })[] = [];
  readonly givenBack: Wanted[] = [];
  answer: (wanted: Wanted) => Granted | Refused | Promise<Granted | Refused> = () => silent;
  readonly kind: MapKind;

  constructor(kind: MapKind) {
    this.kind = kind;
  }

  async map(place: Place, wanted: Wanted): Promise<Granted | Refused> {
    this.asked.push({ ...place, ...wanted, at: performance.now() });
    return this.answer(wanted);
  }

  async unmap(_: Place, wanted: Wanted): Promise<void> {
    this.givenBack.push(wanted);
  }
}

function grant({ outsidePort, lifetimeS }: Wanted, ip: Ip = OUTSIDE): Granted {
  return { outside: endpoint(ip, outsidePort), lifetimeS, epochS: Math.round(performance.now() / 1_000) };
}

function setUp(place: Place | NoPlace = HOME) {
  const [pcp, pmp, upnp] = (["pcp", "nat-pmp", "upnp"] as const).map((kind) => new FakeProtocol(kind)) as [
    FakeProtocol,
    FakeProtocol,
    FakeProtocol,
  ];
  const machine = { place, around: "home", ports: [{ transport: "udp" as "udp" | "tcp", port: 7_667 }], announce: () => {} };
  const told: (Endpoint | null)[] = [];
  const mapper = new Mapper({
    ports: () => machine.ports,
    find: async () => machine.place,
    surroundings: () => machine.around,
    protocols: [pcp, pmp, upnp],
    hear: async (_, onSaid) => {
      machine.announce = onSaid;
      return { end: () => {} };
    },
    onMapped: (_, at) => void told.push(at),
  });
  return { mapper, pcp, pmp, upnp, machine, told };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a port of the gateway", () => {
  test("is asked for by PCP, then NAT-PMP, then UPnP, and told once", async () => {
    const { mapper, pcp, pmp, upnp, told } = setUp();
    upnp.answer = grant;
    mapper.begin();
    await pass(1);
    expect([pcp, pmp, upnp].map(({ asked }) => asked.length)).toEqual([1, 1, 1]);
    expect(told).toEqual(["203.0.113.5:7667"]);
    expect(mapper.view).toEqual({
      gateway: "192.168.1.1",
      ports: [{ transport: "udp", by: "upnp", outside: "203.0.113.5:7667", lifetimeS: 3_600, leftS: 3_600 }],
      reason: null,
      tried: { pcp: silent, "nat-pmp": silent },
      failures: { "pcp gateway-silent": 1, "nat-pmp gateway-silent": 1 },
      restarts: 0,
    });
    await mapper.end();
  });

  test("is renewed at half its time by who gave it, with the port that it has, and told no second time", async () => {
    const { mapper, pcp, pmp, told } = setUp();
    pcp.answer = (wanted) => ({ ...grant(wanted), outside: "203.0.113.5:40001" as Endpoint, lifetimeS: 600 });
    mapper.begin();
    await pass(1_000_000);
    expect(pcp.asked.map(({ at }) => Math.round((at - (pcp.asked[0]?.at ?? 0)) / 1_000))).toEqual([0, 300, 600, 900]);
    expect(pcp.asked.map(({ outsidePort }) => outsidePort)).toEqual([7_667, 40_001, 40_001, 40_001]);
    expect(pmp.asked).toEqual([]);
    expect(told).toEqual(["203.0.113.5:40001"]);
    await mapper.end();
  });

  test("is asked for no more often than every 5 s and every half hour, whatever time the gateway names", async () => {
    for (const [lifetimeS, atMost, atLeast] of [
      [1, HOUR_MS / 5_000 + 1, 100],
      [2 ** 32 - 1, 3, 2],
      [0, 3, 2],
    ] as const) {
      const { mapper, pcp } = setUp();
      pcp.answer = (wanted) => ({ ...grant(wanted), lifetimeS });
      mapper.begin();
      await pass(HOUR_MS);
      expect(pcp.asked.length).toBeLessThanOrEqual(atMost);
      expect(pcp.asked.length).toBeGreaterThanOrEqual(atLeast);
      await mapper.end();
    }
  });

  test("is kept through a silence that ends in time, and else sought anew", async () => {
    const { mapper, pcp, pmp, told } = setUp();
    pcp.answer = grant;
    mapper.begin();
    await pass(1);
    pcp.answer = () => silent;
    await pass(HOUR_MS - 120_000);
    expect(told).toEqual(["203.0.113.5:7667"]);
    const asked = pcp.asked.length;
    expect(asked).toBeLessThan(10);
    pmp.answer = grant;
    await pass(240_000);
    expect(told).toEqual(["203.0.113.5:7667", null, "203.0.113.5:7667"]);
    expect(mapper.view.ports[0]?.by).toBe("nat-pmp");
    await mapper.end();
  });

  test("that the gateway takes away is not told any more", async () => {
    const { mapper, pcp, told } = setUp();
    pcp.answer = grant;
    mapper.begin();
    await pass(1);
    pcp.answer = () => ({ reason: "gateway-refused", code: 2 });
    await pass(HOUR_MS / 2);
    expect(told).toEqual(["203.0.113.5:7667", null]);
    expect(mapper.view).toMatchObject({ ports: [], reason: "gateway-refused", tried: { pcp: { reason: "gateway-refused", code: 2 } } });
    await mapper.end();
  });

  test("is told anew when the gateway has another address", async () => {
    const { mapper, pcp, told } = setUp();
    pcp.answer = grant;
    mapper.begin();
    await pass(1);
    pcp.answer = (wanted) => grant(wanted, "203.0.113.200" as Ip);
    await pass(HOUR_MS / 2);
    expect(told).toEqual(["203.0.113.5:7667", "203.0.113.200:7667"]);
    await mapper.end();
  });

  test("is given back at the end, which waits a second at most", async () => {
    const { mapper, pcp, told } = setUp();
    pcp.answer = grant;
    mapper.begin();
    await pass(1);
    const ended = mapper.end();
    await pass(0);
    await ended;
    expect(pcp.givenBack).toEqual([{ transport: "udp", port: 7_667, outsidePort: 7_667, lifetimeS: 0 }]);
    await pass(HOUR_MS);
    expect(pcp.asked).toHaveLength(1);
    expect(told).toHaveLength(1);

    const hanging = setUp();
    hanging.pcp.answer = () => new Promise(() => {});
    hanging.mapper.begin();
    await pass(1);
    let over = false;
    void hanging.mapper.end().then(() => {
      over = true;
    });
    await pass(999);
    expect(over).toBe(false);
    await pass(1);
    expect(over).toBe(true);
  });

  test("that is given while the node ends is given back", async () => {
    const { mapper, pcp, told } = setUp();
    const late = Promise.withResolvers<Granted>();
    pcp.answer = () => late.promise;
    mapper.begin();
    await pass(1);
    const ended = mapper.end();
    late.resolve(grant({ transport: "udp", port: 7_667, outsidePort: 7_667, lifetimeS: 3_600 }));
    await ended;
    expect(pcp.givenBack).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test("of TCP comes after the one of UDP, and its refusal spoils nothing", async () => {
    const { mapper, pcp, told, machine } = setUp();
    pcp.answer = (wanted) => (wanted.transport === "tcp" ? { reason: "gateway-refused", code: 9 } : grant(wanted));
    mapper.begin();
    await pass(1);
    machine.ports.push({ transport: "tcp", port: 7_668 });
    mapper.refresh();
    await pass(1);
    expect(pcp.asked.map(({ transport }) => transport)).toEqual(["udp", "udp", "tcp"]);
    expect(mapper.view).toMatchObject({ ports: [{ transport: "udp" }], reason: null, tried: { pcp: { code: 9 } } });
    pcp.answer = grant;
    await pass(HOUR_MS / 2);
    expect(mapper.view.ports.map(({ transport, outside }) => [transport, outside])).toEqual([
      ["udp", "203.0.113.5:7667"],
      ["tcp", "203.0.113.5:7668"],
    ]);
    machine.ports.pop();
    mapper.refresh();
    await pass(1);
    expect(told).toEqual(["203.0.113.5:7667", "203.0.113.5:7668", null]);
    await mapper.end();
  });
});

test("TCP on the port of UDP is asked for at the port outside that UDP was given", async () => {
  const { mapper, pcp, machine } = setUp();
  machine.ports.push({ transport: "tcp", port: 7_667 });
  pcp.answer = (wanted) => (wanted.transport === "udp" ? { ...grant(wanted), outside: "203.0.113.5:40001" as Endpoint } : grant(wanted));
  mapper.begin();
  await pass(1);
  expect(mapper.view.ports.map(({ transport, outside }) => [transport, outside])).toEqual([
    ["udp", "203.0.113.5:40001"],
    ["tcp", "203.0.113.5:40001"],
  ]);
  await mapper.end();
});

describe("where there is nothing to be had", () => {
  test.each<[string, Refused[], string]>([
    ["nobody answers", [silent, silent, silent], "gateway-silent"],
    ["one says no", [silent, { reason: "gateway-refused", code: 2 }, silent], "gateway-refused"],
    ["one says nonsense", [silent, silent, { reason: "gateway-nonsense", code: null }], "gateway-nonsense"],
  ])("because %s, the reason is told and the gateway is left alone, in the end for an hour", async (_, answers, reason) => {
    const { mapper, pcp, pmp, upnp, told } = setUp();
    for (const [at, protocol] of [pcp, pmp, upnp].entries()) protocol.answer = () => answers[at] as Refused;
    mapper.begin();
    await pass(1);
    expect(mapper.view).toMatchObject({ gateway: "192.168.1.1", ports: [], reason });
    await pass(24 * HOUR_MS);
    expect(pcp.asked.length).toBeLessThan(30);
    expect(pcp.asked.length).toBeGreaterThan(20);
    expect(told).toEqual([]);
    await mapper.end();
  });

  test.each(["no-gateway", "not-needed"] as const)("%s: nobody is asked", async (reason) => {
    const { mapper, pcp } = setUp(reason);
    mapper.begin();
    await pass(HOUR_MS);
    expect(pcp.asked).toEqual([]);
    expect(mapper.view).toMatchObject({ gateway: null, reason });
    await mapper.end();
  });

  test("private-outer: a port at an address that is private itself is given back", async () => {
    const { mapper, pcp, pmp, told } = setUp();
    pcp.answer = (wanted) => grant(wanted, "100.64.0.9" as Ip);
    mapper.begin();
    await pass(1);
    expect(mapper.view).toMatchObject({ ports: [], reason: "private-outer" });
    expect(pcp.givenBack).toHaveLength(1);
    expect(pmp.asked).toEqual([]);
    expect(told).toEqual([]);
    await mapper.end();
  });

  test.each(["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "169.254.1.1"])("%s is no address outside", async (ip) => {
    const { mapper, pcp, told } = setUp();
    pcp.answer = (wanted) => grant(wanted, ip as Ip);
    mapper.begin();
    await pass(1);
    expect(mapper.view).toMatchObject({ ports: [], reason: "gateway-nonsense" });
    expect(told).toEqual([]);
    await mapper.end();
  });
});

describe("a change", () => {
  test("of the network is followed within seconds, and what was open elsewhere is not told any more", async () => {
    const { mapper, pcp, told, machine } = setUp();
    pcp.answer = (wanted) => grant(wanted, machine.place === HOME ? OUTSIDE : ("198.51.100.9" as Ip));
    mapper.begin();
    await pass(1);
    machine.place = CAFE;
    machine.around = "café";
    await pass(5_001);
    expect(pcp.asked.map(({ gateway }) => gateway)).toEqual(["192.168.1.1", "10.0.0.1"]);
    expect(told).toEqual(["203.0.113.5:7667", null, "198.51.100.9:7667"]);
    await mapper.end();
  });

  test("of an interface that does not lead out is no reason to let go", async () => {
    const { mapper, pcp, told, machine } = setUp();
    pcp.answer = grant;
    mapper.begin();
    await pass(1);
    machine.around = "home, and a tunnel";
    await pass(5_001);
    expect(pcp.asked).toHaveLength(2);
    expect(told).toEqual(["203.0.113.5:7667"]);
    await mapper.end();
  });

  test("that the gateway announces is followed at once, at most every 10 s", async () => {
    const { mapper, pcp, machine } = setUp();
    pcp.answer = grant;
    mapper.begin();
    await pass(60_000);
    for (let n = 0; n < 100; n++) {
      machine.announce();
      await pass(100);
    }
    expect(pcp.asked.length).toBe(2);
    await mapper.end();
  });

  test("of the gateway's clock counts as a restart, and does no more", async () => {
    const { mapper, pcp, machine } = setUp();
    let epochS = 100_000;
    pcp.answer = (wanted) => ({ ...grant(wanted), epochS: epochS-- });
    mapper.begin();
    for (let n = 0; n < 10; n++) {
      await pass(20_000);
      machine.announce();
    }
    await pass(1);
    expect(mapper.view.restarts).toBe(10);
    expect(pcp.asked).toHaveLength(11);
    await mapper.end();
  });
});
