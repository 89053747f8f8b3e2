import { describe, expect, it } from "vitest";
import { BEHAVIOURS, type BehaviourName, type BoxRules, type Filtering, LIFETIME_MS, type Mapping } from "../../src/sim/index.ts";
import { ipOf, portOf } from "../../src/wire/index.ts";
import { Bystander, world } from "./bystander.ts";

/** RFC 5780 §4.3: the endpoint seen by one address and port, another port, another address. */
function measureMapping(behind: readonly BoxRules[]): Mapping | "none" | "blocked" {
  const { client, server, other } = world(behind);
  const from = client.at(5_000);
  const first = client.seenBy(server, from, server.at(3_478));
  const otherPort = client.seenBy(server, from, server.at(3_479));
  const otherIp = client.seenBy(other, from, other.at(3_478));
  if (first === null) return "blocked";
  if (first === from) return "none";
  if (first !== otherPort) return "apdm";
  return first === otherIp ? "eim" : "adm";
}

/** RFC 5780 §4.4: what may answer a datagram that went to one endpoint: another address, another port, only that one. */
function measureFiltering(behind: readonly BoxRules[]): Filtering | "blocked" {
  const { client, server, other } = world(behind);
  const seen = client.seenBy(server, client.at(5_000), server.at(3_478));
  if (seen === null) return "blocked";
  if (other.seenBy(client, other.at(3_478), seen) !== null) return "eif";
  if (server.seenBy(client, server.at(3_479), seen) !== null) return "adf";
  return server.seenBy(client, server.at(3_478), seen) === null ? "blocked" : "apdf";
}

const MAPPINGS: readonly Mapping[] = ["eim", "adm", "apdm"];
const FILTERINGS: readonly Filtering[] = ["eif", "adf", "apdf"];

describe("the nine combinations of RFC 4787", () => {
  for (const mapping of MAPPINGS) {
    for (const filtering of FILTERINGS) {
      it(`${mapping} with ${filtering} measures as such by the method of RFC 5780`, () => {
        const behind = [{ type: "nat", mapping, filtering }] as const;
        expect([measureMapping(behind), measureFiltering(behind)]).toEqual([mapping, filtering]);
      });
    }
  }
});

describe("the named behaviours", () => {
  const table: [BehaviourName, string, string][] = [
    ["public", "none", "eif"],
    ["firewall", "none", "apdf"],
    ["full-cone", "eim", "eif"],
    ["restricted-cone", "eim", "adf"],
    ["port-restricted", "eim", "apdf"],
    ["linux", "eim", "apdf"],
    ["linux-open", "eim", "apdf"],
    ["apdm/eif", "apdm", "eif"],
    ["symmetric", "apdm", "apdf"],
    ["symmetric+sequential", "apdm", "apdf"],
    ["linux-random", "apdm", "apdf"],
    ["cgnat", "eim", "apdf"],
    ["cgnat-symmetric", "apdm", "apdf"],
    ["udp-blocked", "blocked", "blocked"],
  ];
  it.each(table)("%s measures as %s / %s", (name, mapping, filtering) => {
    expect([measureMapping(BEHAVIOURS[name]), measureFiltering(BEHAVIOURS[name])]).toEqual([mapping, filtering]);
  });
});

describe("port choice", () => {
  function ports(choice: "preserve" | "sequential" | "random"): number[] {
    const { client, server } = world([{ type: "nat", mapping: "apdm", filtering: "apdf", ports: choice }]);
    return [1, 2, 3].map((remote) => portOf(client.seenBy(server, client.at(5_000), server.at(remote)) ?? client.at(1)));
  }

  it("preserves the inner port while it is free", () => expect(ports("preserve")[0]).toBe(5_000));
  it("counts up", () => {
    const [first = 0, second, third] = ports("sequential");
    expect([second, third]).toEqual([first + 1, first + 2]);
  });
  it("draws ports at random, each once", () => {
    const drawn = ports("random");
    expect(new Set(drawn).size).toBe(3);
    expect(drawn).not.toContain(5_000);
  });
  it("gives two hosts on one local port two public ports", () => {
    for (const rules of [{ type: "nat", mapping: "eim", filtering: "eif", ports: "preserve" }, { type: "linux" }] as const) {
      const { simulator, home, client, server } = world([rules]);
      const second = new Bystander(simulator, home);
      const seen = [client, second].map((each) => each.seenBy(server, each.at(5_000), server.at(9)));
      expect(seen[0]).not.toBe(seen[1]);
    }
  });
});

describe("mapping lifetime", () => {
  const kinds: [string, BoxRules, boolean][] = [
    ["a NAT by RFC 4787", { type: "nat", mapping: "eim", filtering: "eif" }, false],
    ["a Linux router", { type: "linux" }, true],
  ];
  it.each(kinds)("%s forgets a silent mapping, and inbound datagrams keep it only in conntrack", (_name, rules, inboundKeeps) => {
    const { simulator, client, server } = world([rules]);
    const seen = client.seenBy(server, client.at(5_000), server.at(9)) ?? client.at(1);
    simulator.run(LIFETIME_MS * 0.6);
    expect(server.seenBy(client, server.at(9), seen)).not.toBeNull();
    simulator.run(LIFETIME_MS * 0.6);
    expect(server.seenBy(client, server.at(9), seen) !== null).toBe(inboundKeeps);
    simulator.run(LIFETIME_MS * 1.1);
    expect(server.seenBy(client, server.at(9), seen)).toBeNull();
  });

  it("is refreshed by outbound datagrams", () => {
    const { simulator, client, server } = world([{ type: "nat", mapping: "eim", filtering: "apdf" }]);
    const seen = client.seenBy(server, client.at(5_000), server.at(9)) ?? client.at(1);
    for (let round = 0; round < 3; round++) {
      simulator.run(LIFETIME_MS * 0.6);
      expect(client.seenBy(server, client.at(5_000), server.at(9))).toBe(seen);
    }
    expect(server.seenBy(client, server.at(9), seen)).not.toBeNull();
  });

  it("ends with a rebind, and with another public address", () => {
    const { simulator, home, client, server } = world([{ type: "nat", mapping: "eim", filtering: "eif" }]);
    const first = client.seenBy(server, client.at(5_000), server.at(9)) ?? client.at(1);
    home.boxes[0]?.rebind();
    expect(server.seenBy(client, server.at(9), first)).toBeNull();
    const second = client.seenBy(server, client.at(5_000), server.at(9)) ?? client.at(1);
    expect(portOf(second)).not.toBe(portOf(first));
    if (home.boxes[0] !== undefined) simulator.internet.renumber(home.boxes[0]);
    const third = client.seenBy(server, client.at(5_000), server.at(9)) ?? client.at(1);
    expect(ipOf(third)).not.toBe(ipOf(first));
  });
});

describe("two hosts behind one NAT", () => {
  for (const hairpin of [true, false]) {
    it(hairpin ? "meet by their public endpoints where the NAT hairpins" : "meet by their private endpoints only where it does not", () => {
      const { simulator, home, client, server } = world([{ type: "nat", mapping: "eim", filtering: "eif", hairpin }]);
      const second = new Bystander(simulator, home);
      const outside = second.seenBy(server, second.at(6_000), server.at(9)) ?? second.at(1);
      const seen = client.seenBy(second, client.at(5_000), outside);
      if (hairpin) expect(ipOf(seen ?? client.at(1))).toBe(home.boxes[0]?.ownIp);
      else expect(seen).toBeNull();
      expect(client.seenBy(second, client.at(5_000), second.at(6_000))).toBe(client.at(5_000));
    });
  }
});

describe("linux-open", () => {
  it("gives another public port to a host that is late, since the stray claimed its own", () => {
    const { client, server } = world([{ type: "linux-open" }]);
    const seen = client.seenBy(server, client.at(5_000), server.at(9)) ?? client.at(1);
    expect(server.seenBy(client, server.at(10), seen)).toBeNull();
    expect(client.seenBy(server, client.at(5_000), server.at(10))).not.toBe(seen);
  });
});

describe("the internet", () => {
  it("swallows unknown addresses and sources that the sender does not own", () => {
    const { simulator, client, server, other } = world([{ type: "udp-blocked" }]);
    const fates: string[] = [];
    simulator.watch({ watch: (note) => void (note.kind === "swallowed" && fates.push(note.fate)) });
    server.send(server.at(1), client.at(1));
    server.send(other.at(1), other.at(1));
    client.send(client.at(1), server.at(1));
    simulator.run(100);
    expect(fates).toEqual(["unknown-address", "spoofed", "blocked"]);
  });

  it("carries IPv6 to a LAN, stopped by its firewall until the host inside has sent", () => {
    const { simulator, publicSite } = world([]);
    const home = simulator.internet.site("v6 home", { behind: "symmetric", v6: "firewall" });
    const [inside, outside] = [new Bystander(simulator, home, ["v6"]), new Bystander(simulator, publicSite, ["v6"])];
    expect(outside.seenBy(inside, outside.at(9), inside.at(5_000))).toBeNull();
    expect(inside.seenBy(outside, inside.at(5_000), outside.at(9))).toBe(inside.at(5_000));
    expect(outside.seenBy(inside, outside.at(9), inside.at(5_000))).toBe(outside.at(9));
  });
});
