/** `ptpchat doctor` behind the laboratory's NATs, against what README.md says that they do. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import { BEHAVIOURS, type Box, MORE_BEHAVIOURS } from "./behaviours.ts";
import { Lab, laboratory } from "./lab.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ZOO = [...BEHAVIOURS.filter(({ name }) => name !== "udp-blocked"), ...MORE_BEHAVIOURS];
const EVERY = ["full-cone", "restricted-cone", "symmetric", "linux", "firewall"];
/** `all` takes a minute and a half. */
const TRIED = ZOO.filter(({ name }) => process.env.PTPCHAT_TEST_NATLAB === "all" || EVERY.includes(name));
/** Forget what nothing was sent over for so long. */
const FORGETFUL = ["linux", "port-restricted"];
const LIFETIME_S = 5;
const HELPERS = ["203.0.113.10:7667", "203.0.113.11:7667"];

laboratory("doctor, with two nodes at public addresses to ask", () => {
  let lab: Lab;

  beforeAll(async () => {
    const hosts = TRIED.map(({ boxes }, at) => [`H${at}`, behind(boxes, at, 0)]);
    const nats = TRIED.flatMap(({ boxes }, at) =>
      boxes.map((box, depth) => [`N${at}x${depth}`, { ...box, ...behind(boxes, at, depth + 1) }]),
    );
    const forgetful = FORGETFUL.map((type, at) => [`F${at}`, { type, timeout: LIFETIME_S }]);
    lab = await Lab.of({
      hosts: {
        S: { addr: "203.0.113.10" },
        T: { addr: "203.0.113.11" },
        ...Object.fromEntries([...hosts, ...forgetful.map(([nat]) => [`H${nat}`, { nat }])]),
      },
      nats: Object.fromEntries([...nats, ...forgetful]),
    });
    for (const [at, listen] of HELPERS.entries())
      lab.keep(await Node.start({ role: "rendezvous", listen, within: lab.within("ST"[at] as string) }));
  });

  afterAll(async () => {
    await lab.down();
  });

  describe.concurrent.each(TRIED)("$name", ({ name, mapping, filtering, keepsPort }) => {
    test(`is told by ${mapping} mapping and ${filtering} filtering`, async () => {
      const node = lab.keep(await Node.start({ listen: "0.0.0.0:7667", peers: HELPERS, within: lab.within(hostOf(name)) }));
      await node.askUntil(["status"], ([status]) => status?.sessions === 2);
      const [diagnosis] = await node.ask("doctor");
      expect(diagnosis?.nat).toMatchObject({ mapping, filtering, keeps_port: keepsPort, reason: null });
      const { lines } = await node.run("doctor", "--report");
      const report = lines.map(({ text }) => String(text)).join("\n");
      expect(report).toContain("203.0.x.x:");
      for (const secret of [String(node.ready.node_id), "203.0.113.", "192.168.1."]) expect(report).not.toContain(secret);
      await node.stop();
    });
  });

  test.concurrent.each(FORGETFUL)("finds that a mapping of %s lasts 4 s and not 8, while the node has sessions all along", async (type) => {
    const within = lab.within(`HF${FORGETFUL.indexOf(type)}`);
    const node = lab.keep(await Node.start({ listen: "0.0.0.0:7667", peers: HELPERS, within }));
    await node.askUntil(["status"], ([status]) => status?.sessions === 2);
    const begun = performance.now();
    const [diagnosis] = await node.ask("doctor", "--lifetime");
    expect(diagnosis?.nat).toMatchObject({ lifetime: { at_least_s: 4, below_s: 8, reason: null }, reason: null });
    expect(performance.now() - begun).toBeLessThan(20_000);
    await node.stop();
  });
});

function behind(boxes: readonly Box[], at: number, depth: number): object {
  return depth < boxes.length ? { nat: `N${at}x${depth}` } : {};
}

function hostOf(name: string): string {
  return `H${TRIED.findIndex((each) => each.name === name)}`;
}
