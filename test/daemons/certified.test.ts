/** A network that only nodes get into whose certificate a CA has signed, with a CA that openssl plays. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { certificateRequest, installCertificate } from "../../src/app/home-keys.ts";
import { createNode, type RunningNode } from "../../src/app/index.ts";
import { passphraseSource } from "../../src/app/passphrase.ts";
import { hasOpenssl, makeAuthority } from "../app/openssl.ts";

vi.setConfig({ testTimeout: 60_000 });

const ROOM = { channel: "#certified" };
let scratch: string;
const running: RunningNode[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ptpchat-test-"));
});
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** A home whose certificate `authority` has signed. */
async function certifiedHome(name: string, authority: ReturnType<typeof makeAuthority>): Promise<string> {
  const home = join(scratch, name);
  const request = await certificateRequest(home, passphraseSource(undefined, undefined));
  const pem = authority.sign(request);
  await installCertificate(home, new Uint8Array(Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ""), "base64")));
  return home;
}

async function start(options: Parameters<typeof createNode>[0]): Promise<RunningNode> {
  const node = await createNode({ listen: "127.0.0.1:0", ...options });
  running.push(node);
  return node;
}

const peersOf = async (node: RunningNode) => (await node.peers()).filter(({ live }) => live).map(({ id }) => id);

test.skipIf(!hasOpenssl)("certified nodes talk; one without a certificate of that CA is refused, and told apart by a reason", async () => {
  const authority = makeAuthority("p256");
  const caFile = join(scratch, "ca.pem");
  await writeFile(caFile, authority.pem);
  const [homeA, homeB] = [await certifiedHome("a", authority), await certifiedHome("b", authority)];
  const a = await start({ home: homeA, caFile });
  const b = await start({ home: homeB, caFile, peers: [a.udp] });
  await vi.waitFor(async () => expect(await peersOf(a)).toEqual([b.nodeId]), 10_000);
  for (const node of [a, b]) await node.join(ROOM);
  await vi.waitFor(async () => expect(await b.members(ROOM)).toMatchObject([{ nodeId: a.nodeId, state: "live" }]), 10_000);
  expect(await b.send({ ...ROOM, text: "among us", wait: "delivered" })).toMatchObject({ state: "delivered", acked: 1, of: 1 });

  const refused: unknown[] = [];
  a.subscribe((event) => {
    if (event.type === "session-refused") refused.push(event.reason);
  });
  const stranger = await start({ memoryOnly: true, peers: [a.udp] });
  await vi.waitFor(() => expect(refused).toContain("not-certified"), 10_000);
  await stranger.join(ROOM);
  await expect(stranger.send({ ...ROOM, text: "let me in", wait: "delivered", timeoutMs: 2_000 })).rejects.toThrow();
  expect(await peersOf(a)).toEqual([b.nodeId]);
  expect((await a.history(ROOM)).map(({ text }) => text)).toEqual(["among us"]);
  expect((await a.status()).counters.dropped).toMatchObject({ "bare-closed": expect.any(Number), "not-certified": expect.any(Number) });
});
