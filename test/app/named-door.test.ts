/** Names, sessions and warnings at the door of real nodes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connectToNode, type RunningNode } from "../../src/app/index.ts";
import { hasOpenssl, makeAuthority } from "./openssl.ts";
import { directory, next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };

/** Something that `from` says, as `to` hears it. */
async function heardFrom(from: RunningNode, to: RunningNode) {
  const came = next(to, "post");
  await from.send({ ...LOBBY, text: "hello" });
  return came;
}

describe("two nodes that hold a session", () => {
  test("are named by what they call themselves and the letters of their ids, everywhere", async () => {
    const a = await running({ name: "ada" });
    const b = await running({ name: "bob", peers: [a.udp] });
    const met = next(a, "session-up");
    await pairIn("#lobby", a, b);
    const name = `bob~${b.nodeId.slice(0, 4)}`;
    expect(await met).toMatchObject({ peer: b.nodeId, name, nick: "bob" });
    expect(await a.peers()).toMatchObject([{ kind: "full", name, nick: "bob", contact: null, family: "v4", viaName: null }]);
    expect(await a.members(LOBBY)).toMatchObject([{ nodeId: b.nodeId, name, contact: null }]);
    expect(await heardFrom(b, a)).toMatchObject({ author: b.nodeId, authorName: name, verified: true });
    expect(await a.history(LOBBY)).toMatchObject([{ author: b.nodeId, authorName: name }]);
    expect(await a.status()).toMatchObject({ sessions: 1, shownAs: `ada~${a.nodeId.slice(0, 4)}`, warnings: [] });
  });

  test("have the names that their users give them, from that moment on", async () => {
    const a = await running({ name: "ada" });
    const b = await running({ name: "bob", peers: [a.udp] });
    await pairIn("#lobby", a, b);
    await heardFrom(b, a);
    expect(await a.addContact({ node: `bob~${b.nodeId.slice(0, 6)}`, name: "robert" })).toMatchObject({ nodeId: b.nodeId });
    expect(await a.peers()).toMatchObject([{ name: "@robert", contact: "robert", contactVerified: false }]);
    await a.verify({ node: "@robert", confirm: true });
    expect(await a.members(LOBBY)).toMatchObject([{ name: "@robert", contactVerified: true }]);
    expect(await a.history(LOBBY)).toMatchObject([{ authorName: "@robert" }]);
    expect(await a.connect({ peer: "@robert" })).toMatchObject({ nodeId: b.nodeId, name: "@robert" });
  });

  test("have names in the history also after a restart, when nobody is there", async () => {
    const home = directory();
    const first = await running({ home, name: "ada" });
    const b = await running({ name: "bob", peers: [first.udp] });
    await pairIn("#lobby", first, b);
    await heardFrom(b, first);
    await b.stop();
    await first.stop();
    const again = await running({ home });
    expect(await again.history(LOBBY)).toMatchObject([{ author: b.nodeId, authorName: `bob~${b.nodeId.slice(0, 4)}` }]);
    await expect(again.verify({ node: "bob" })).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("Perhaps bob~") });
  });
});

describe("connect", () => {
  test("says which node is there, and that what is said is encrypted", async () => {
    const a = await running({ name: "ada" });
    const b = await running();
    expect(await b.connect({ peer: a.udp })).toMatchObject({
      peer: a.udp,
      path: "direct",
      nodeId: a.nodeId,
      name: `ada~${a.nodeId.slice(0, 4)}`,
      refused: null,
    });
  });

  test.skipIf(!hasOpenssl)("to a node that no CA has certified ends with that reason at once, and status warns of it", async () => {
    const home = directory();
    const authority = makeAuthority("p256");
    const caFile = join(home, "ca.pem");
    writeFileSync(caFile, authority.pem);
    const { certificateRequest, installCertificate } = await import("../../src/app/home-keys.ts");
    const { passphraseSource } = await import("../../src/app/passphrase.ts");
    const request = await certificateRequest(home, passphraseSource(undefined, undefined));
    await installCertificate(home, Buffer.from(authority.sign(request)));
    const strict = await running({ home, caFile });
    const stranger = await running();
    await expect(strict.connect({ peer: stranger.udp })).rejects.toMatchObject({ code: "not-connected", reason: "not-certified" });
    expect((await strict.status()).warnings).toMatchObject([{ kind: "session-refused", endpoint: stranger.udp, reason: "not-certified" }]);
  });
});

describe("the name of a node", () => {
  test("is the one that is asked for in this run, and that of its first start otherwise", async () => {
    const home = directory();
    const peer = await running();
    for (const [name, shown] of [
      ["ada", "ada"],
      ["lady", "lady"],
      [undefined, "ada"],
    ] as const) {
      const node = await running({ home, ...(name === undefined ? {} : { name }) });
      const met = next(peer, "session-up");
      await node.connect({ peer: peer.udp });
      expect(await met).toMatchObject({ nick: shown, name: `${shown}~${node.nodeId.slice(0, 4)}` });
      expect(await node.status()).toMatchObject({ name: shown, shownAs: `${shown}~${node.nodeId.slice(0, 4)}` });
      await node.stop();
    }
  });

  test("is empty where none was given, and others see letters of its id", async () => {
    const node = await running();
    expect(await node.status()).toMatchObject({ name: "", shownAs: `~${node.nodeId.slice(0, 8)}` });
  });
});

test("a client of the socket hears names as the program itself does", async () => {
  const home = directory();
  const node = await running({ home });
  const remote = await connectToNode({ home });
  const other = await running({ name: "bob", peers: [node.udp] });
  expect(await next(remote, "session-up")).toMatchObject({ peer: other.nodeId, name: `bob~${other.nodeId.slice(0, 4)}` });
  await remote.close();
});
