/** `ptpchat doctor` behind the laboratory's NATs, against what README.md says that they do. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import { Lab, laboratory } from "./lab.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const EIM = "endpoint-independent";
const ADM = "address-dependent";
const APDM = "address-and-port-dependent";

/** The NATs from the host outwards (none: a public host), what they do together, and whether they keep ports. */
const ZOO: readonly (readonly [name: string, nats: readonly object[], mapping: string, filtering: string, keepsPort: boolean | null])[] = [
  ["public", [], "none", EIM, null],
  ["firewall", [{ type: "firewall" }], "none", APDM, null],
  ["full-cone", [{ type: "full-cone" }], EIM, EIM, false],
  ["restricted-cone", [{ type: "restricted-cone" }], EIM, ADM, false],
  ["port-restricted", [{ type: "port-restricted", ports: "preserve" }], EIM, APDM, true],
  ["symmetric", [{ type: "symmetric" }], APDM, APDM, false],
  ["linux", [{ type: "linux" }], EIM, APDM, true],
  ["linux-random", [{ type: "linux-random" }], APDM, APDM, false],
  ["apdm-eif", [{ mapping: "apdm", filtering: "eif" }], APDM, EIM, false],
  ["adm-adf", [{ mapping: "adm", filtering: "adf" }], ADM, ADM, false],
  ["eim-eif-sequential", [{ mapping: "eim", filtering: "eif", ports: "sequential" }], EIM, EIM, false],
  ["symmetric-sequential", [{ type: "symmetric", ports: "sequential" }], APDM, APDM, false],
  ["cgnat", [{ type: "linux" }, { type: "port-restricted", hairpin: true, lan: "100.64.0.1/24" }], EIM, APDM, false],
  ["cgnat-symmetric", [{ type: "full-cone" }, { type: "symmetric", lan: "100.64.0.1/24" }], APDM, APDM, false],
];
const EVERY = ["full-cone", "restricted-cone", "symmetric", "linux", "firewall"];
/** `all` takes a minute and a half. */
const TRIED = ZOO.filter(([name]) => process.env.PTPCHAT_TEST_NATLAB === "all" || EVERY.includes(name));
const HELPERS = ["203.0.113.10:7667", "203.0.113.11:7667"];

laboratory("doctor, with two nodes at public addresses to ask", () => {
  let lab: Lab;

  beforeAll(async () => {
    const hosts = TRIED.map(([, nats], at) => [`H${at}`, behind(nats, at, 0)]);
    const nats = TRIED.flatMap(([, chain], at) =>
      chain.map((nat, depth) => [`N${at}x${depth}`, { ...nat, ...behind(chain, at, depth + 1) }]),
    );
    lab = await Lab.of({
      hosts: { S: { addr: "203.0.113.10" }, T: { addr: "203.0.113.11" }, ...Object.fromEntries(hosts) },
      nats: Object.fromEntries(nats),
    });
    for (const [at, listen] of HELPERS.entries())
      lab.keep(await Node.start({ role: "rendezvous", listen, within: lab.within("ST"[at] as string) }));
  });

  afterAll(async () => {
    await lab.down();
  });

  describe.each(TRIED)("%s", (name, _, mapping, filtering, keepsPort) => {
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
});

function behind(nats: readonly object[], at: number, depth: number): object {
  return depth < nats.length ? { nat: `N${at}x${depth}` } : {};
}

function hostOf(name: string): string {
  return `H${TRIED.findIndex(([each]) => each === name)}`;
}
