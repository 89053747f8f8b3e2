import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Lan, type LanInterface, type LanOptions } from "../../../src/net/index.ts";
import type { Beacon, BeaconHandlers, BeaconKind, Said } from "../../../src/net/lan/beacon.ts";
import type { Endpoint, InstanceId, Ip } from "../../../src/wire/index.ts";

const ETH: LanInterface = { name: "eth0", family: "v4", ip: "192.168.1.10" as Ip, prefix: 24 };
const ETH6: LanInterface = { name: "eth0", family: "v6", ip: "fe80::10%eth0" as Ip, prefix: 64 };
const WLAN: LanInterface = { name: "wlan0", family: "v4", ip: "192.168.2.10" as Ip, prefix: 24 };
const tag = (n: number) => n.toString(16).padStart(16, "0") as InstanceId;
const OTHER = tag(0xb0b);
const NEIGHBOUR = "192.168.1.20:7667" as Endpoint;

/** A kind of beacon whose network is the test. */
class FakeKind implements BeaconKind {
  readonly name = "multicast";
  readonly families = ["v4", "v6"] as const;
  readonly open_ = new Map<string, BeaconHandlers>();
  readonly said: { at: string; said: Said }[] = [];
  fault: string | null = null;

  async open(at: LanInterface, handlers: BeaconHandlers): Promise<Beacon> {
    if (this.fault !== null) throw Object.assign(new Error(this.fault), { code: this.fault });
    this.open_.set(at.ip, handlers);
    return { announce: (said) => void this.said.push({ at: at.ip, said }), end: () => void this.open_.delete(at.ip) };
  }

  /** What is heard at an interface. */
  hear(endpoint: Endpoint, of = OTHER, at = ETH): void {
    this.open_.get(at.ip)?.onHeard({ tag: of, endpoint });
  }

  get tags(): string[] {
    return this.said.map(({ said }) => said.tag);
  }
}

function setUp(...interfaces: LanInterface[]) {
  const kind = new FakeKind();
  const machine = { interfaces };
  const candidates: Endpoint[] = [];
  let tags = 0;
  const options: LanOptions = {
    port: 7_667,
    kinds: [kind],
    interfaces: () => machine.interfaces,
    newTag: () => tag(++tags),
    onCandidate: (endpoint) => void candidates.push(endpoint),
  };
  return { lan: new Lan(options), kind, machine, candidates };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a node on its networks", () => {
  test("says at once that it is there, a second later, and then every minute", async () => {
    const { lan, kind } = setUp(ETH, WLAN);
    lan.begin();
    await pass(5);
    expect(kind.said).toEqual([ETH, WLAN].map(({ ip }) => ({ at: ip, said: { tag: tag(1), port: 7_667 } })));
    await pass(1_000);
    expect(kind.said).toHaveLength(4);
    await pass(59_000);
    expect(kind.said).toHaveLength(6);
    await pass(60_000);
    expect(kind.said).toHaveLength(8);
    lan.end();
    await pass(600_000);
    expect(kind.said).toHaveLength(8);
    expect(kind.open_.size).toBe(0);
  });

  test("speaks by IPv6 only where an interface has no IPv4, and listens there in any case", async () => {
    const { lan, kind } = setUp(ETH, ETH6, { ...ETH6, name: "wlan0", ip: "fe80::11%wlan0" as Ip });
    lan.begin();
    await pass(5);
    expect(kind.said.map(({ at }) => at)).toEqual([ETH.ip, "fe80::11%wlan0"]);
    expect([...kind.open_.keys()]).toContain(ETH6.ip);
  });

  test("that gets another network begins there anew, under another tag", async () => {
    const { lan, kind, machine } = setUp(ETH);
    lan.begin();
    await pass(5_000);
    machine.interfaces = [WLAN];
    await pass(2_000);
    expect([...kind.open_.keys()]).toEqual([WLAN.ip]);
    expect(kind.said.at(-1)).toEqual({ at: WLAN.ip, said: { tag: tag(2), port: 7_667 } });
    machine.interfaces = [];
    await pass(2_000);
    expect(kind.open_.size).toBe(0);
    machine.interfaces = [ETH];
    await pass(2_000);
    expect(kind.tags.at(-1)).toBe(tag(4));
  });

  test("says nothing while it has none, and goes on where a kind of beacon is refused", async () => {
    const { lan, kind, machine } = setUp();
    lan.begin();
    await pass(120_000);
    expect(kind.said).toEqual([]);
    kind.fault = "EADDRINUSE";
    machine.interfaces = [ETH];
    await pass(2_000);
    expect(lan.view).toEqual({ at: [{ name: "eth0", ip: ETH.ip, by: [] }], heard: 0, faults: { "multicast EADDRINUSE": 1 } });
  });
});

describe("what is heard", () => {
  test("is handed on as an endpoint, and answered once so that the other hears of us", async () => {
    const { lan, kind, candidates } = setUp(ETH);
    lan.begin();
    await pass(2_000);
    const before = kind.said.length;
    kind.hear(NEIGHBOUR);
    kind.hear(NEIGHBOUR);
    await pass(5_000);
    expect(candidates).toEqual([NEIGHBOUR, NEIGHBOUR]);
    expect(kind.said).toHaveLength(before + 1);
    expect(lan.view).toMatchObject({ heard: 1, at: [{ name: "eth0", by: ["multicast"] }] });
  });

  test("of ourselves is nothing, by this tag or an earlier one", async () => {
    const { lan, kind, machine, candidates } = setUp(ETH);
    lan.begin();
    await pass(5);
    machine.interfaces = [ETH, WLAN];
    await pass(2_000);
    for (const own of [tag(1), tag(2)]) kind.hear(NEIGHBOUR, own);
    kind.hear("192.168.1.10:7667" as Endpoint);
    expect(candidates).toEqual([]);
    kind.hear("192.168.1.10:7668" as Endpoint); // another node of this machine
    expect(candidates).toHaveLength(1);
  });

  test.each(["203.0.113.9:7667", "192.168.7.9:7667", "127.0.0.1:7667", "10.0.0.1:7667"])(
    "of %s, which is not on the link, is nothing",
    async (place) => {
      const { lan, kind, candidates } = setUp(ETH);
      lan.begin();
      await pass(2_000);
      const before = kind.said.length;
      kind.hear(place as Endpoint);
      await pass(2_000);
      expect(candidates).toEqual([]);
      expect(kind.said).toHaveLength(before);
    },
  );

  test("in a flood is cut to 20 a second, and answered once a second", async () => {
    const { lan, kind, candidates } = setUp(ETH);
    lan.begin();
    await pass(2_000);
    const before = kind.said.length;
    for (let n = 0; n < 1_000; n++) kind.hear(NEIGHBOUR, tag(1_000 + n));
    await pass(900);
    expect(candidates).toHaveLength(20);
    expect(kind.said).toHaveLength(before + 1);
    await pass(200);
    for (let n = 0; n < 1_000; n++) kind.hear(NEIGHBOUR, tag(3_000 + n));
    expect(candidates).toHaveLength(40);
  });

  test("as a question is answered to everybody, once a second", async () => {
    const { lan, kind } = setUp(ETH);
    lan.begin();
    await pass(2_000);
    const before = kind.said.length;
    for (let n = 0; n < 100; n++) kind.open_.get(ETH.ip)?.onAsked();
    await pass(500);
    expect(kind.said).toHaveLength(before + 1);
  });
});
