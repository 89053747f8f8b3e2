/** GETCERTIFICATE and CERTIFICATE. PROTOCOL.md §8.6, §8.7. */
import { describe, expect, test } from "vitest";
import { ACK, at, chat, HELLO, NODE, say } from "./said.ts";
import { World } from "./world.ts";

const DER = Uint8Array.from({ length: 299 }, (_, n) => (n * 7) & 255);

function stranger() {
  const world = new World();
  return { world, node: world.node(NODE, { certificate: DER }), peer: world.bare(at(2)) };
}

describe("GETCERTIFICATE", () => {
  test("that was filled up is answered at once, in base64 of the DER", () => {
    const { world, node, peer } = stranger();
    peer.send(node.endpoint, say("GETCERTIFICATE", { ptp: { pad: "x".repeat(1_000) } }));
    world.run(100);
    expect(peer.verbs()).toEqual(["ACK", "CERTIFICATE"]);
    expect(peer.got("CERTIFICATE")[0]?.certificate).toBe(Buffer.from(DER).toString("base64"));
  });

  test.each([1, 2, 3])("encodes a DER of %i bytes beyond a multiple of three rightly", (more) => {
    const world = new World();
    const certificate = DER.subarray(0, 297 + more);
    const node = world.node(NODE, { certificate });
    const peer = world.bare(at(2));
    peer.send(node.endpoint, say("GETCERTIFICATE", { ptp: { pad: "x".repeat(1_000) } }));
    world.run(100);
    expect(peer.got("CERTIFICATE")[0]?.certificate).toBe(Buffer.from(certificate).toString("base64"));
  });

  test("that is bare is acknowledged; the answer waits for credit, comes when it is there, and is dropped after 30 s", () => {
    const { world, node, peer } = stranger();
    peer.send(node.endpoint, say("GETCERTIFICATE"));
    world.run(10_000);
    expect(peer.verbs()).toEqual(["ACK"]);
    for (let n = 0; n < 40; n++) peer.send(node.endpoint, "some junk pays as well");
    world.run(100);
    expect(peer.verbs()).toEqual(["ACK", "CERTIFICATE"]);
    peer.send(node.endpoint, say("GETCERTIFICATE", {}), 4_001);
    world.run(32_000);
    expect(node.dropped("no-credit")).toBe(1);
  });

  test("of a peer is answered with copies until it acknowledges", () => {
    const world = new World();
    const { node, peer } = chat(world);
    peer.send(node.endpoint, say("GETCERTIFICATE"));
    world.run(10_000);
    expect(peer.times("CERTIFICATE")).toHaveLength(3);
    peer.inbox.length = 0;
    peer.send(node.endpoint, say("GETCERTIFICATE"));
    world.run(100);
    peer.send(node.endpoint, ACK);
    world.run(10_000);
    expect(peer.times("CERTIFICATE")).toHaveLength(1);
  });

  test("asked a thousand times while one answer waits, leaves one waiting", () => {
    const { world, node, peer } = stranger();
    peer.send(node.endpoint, HELLO);
    for (let n = 0; n < 1_000; n++) peer.send(node.endpoint, say("GETCERTIFICATE", { msg_id: n }));
    world.run(60_000);
    expect(peer.times("CERTIFICATE").length).toBeLessThanOrEqual(2 * 3);
    expect(node.dropped("queue-full")).toBe(0);
  });
});

describe("CERTIFICATE", () => {
  test("is shown to the user with the endpoint it came from", () => {
    const { world, node, peer } = stranger();
    peer.send(node.endpoint, say("CERTIFICATE", { certificate: "MIIB" }));
    world.run(100);
    expect(node.saw("certificate")).toMatchObject([{ peer: peer.endpoint, certificate: "MIIB" }]);
  });
});
