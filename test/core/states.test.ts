/**
 * Every state with every input: whatever comes in, in whatever state, the node throws nothing, says only what it may, and
 * stays within its bounds.
 */
import { describe, expect, test } from "vitest";
import type { Input, Output } from "../../src/core/index.ts";
import { DATAGRAM_SENT_MAX, decode, type Endpoint, ipOf, networkOf, parseEndpoint } from "../../src/wire/index.ts";
import { ACK, ACKED, ATTIC, at, connects, HELLO, join, joins, LOBBY, NODE, posts, relay, say, text } from "./said.ts";
import { type Host, verbOf, World } from "./world.ts";

const FRIEND = at(2);
const MEMBER = at(3);
const S = at(4, 7_000);
const FAR = at(5, 4_777);
const FRESH = at(99);
const OFFERED = "198.51.100.1:40000" as Endpoint;
const encoder = new TextEncoder();

interface Scene {
  readonly world: World;
  readonly node: Host;
}

function fresh(): Scene {
  const world = new World();
  const node = world.node(NODE, { peers: [FRIEND] });
  world.run(10);
  return { world, node };
}

/** With the friend, S and a member there, all saying HELLO; the user is in LOBBY. */
function inhabited(): Scene {
  const { world, node } = fresh();
  node.command(joins());
  for (const each of [FRIEND, MEMBER, S]) world.rhythm(world.bare(each), node.endpoint);
  world.run(100);
  world.hosts.find((host) => host.endpoint === MEMBER)?.send(node.endpoint, join({ ptp: { pad: "x".repeat(1_500) } }));
  world.run(100);
  return { world, node };
}

function with_(scene: Scene, act: (scene: Scene, from: (endpoint: Endpoint) => Host) => void): Scene {
  act(scene, (endpoint) => scene.world.hosts.find((host) => host.endpoint === endpoint) ?? scene.world.bare(endpoint));
  return scene;
}

const STATES: Record<string, () => Scene> = {
  fresh,
  "peer known": () =>
    with_(fresh(), ({ world, node }, from) => {
      from(FRIEND).send(node.endpoint, HELLO);
      world.run(20);
    }),
  joined: () =>
    with_(fresh(), ({ world, node }) => {
      node.command(joins());
      world.run(20);
    }),
  "member present": inhabited,
  "member away": () =>
    with_(inhabited(), ({ world, node }) => {
      node.step({ kind: "clock", epoch: 1_000 });
      world.loses = (sent) => sent.from !== node.endpoint;
      world.run(20_000);
      world.loses = () => false;
    }),
  "punch as A, opening": () =>
    with_(inhabited(), ({ node }) => {
      node.command(connects("203.0.113.5", S)); // the socket comes with the next thing that the world does
    }),
  "punch as A, asking": () =>
    with_(inhabited(), ({ world, node }) => {
      node.command(connects("203.0.113.5", S));
      world.run(20);
    }),
  "punch as A, probing": () =>
    with_(inhabited(), ({ world, node }, from) => {
      node.command(connects("203.0.113.5", S));
      world.run(20);
      from(S).send(OFFERED, say("CONNECT", { dst: FAR, src: OFFERED }));
      world.run(20);
    }),
  "punch as B, probing": () =>
    with_(inhabited(), ({ world, node }, from) => {
      from(S).send(node.endpoint, say("CONNECT", { dst: FAR, src: "198.51.100.1" }));
      world.run(20);
    }),
  "punched path": () =>
    with_(inhabited(), ({ world, node }, from) => {
      from(S).send(node.endpoint, say("CONNECT", { dst: FAR, src: "198.51.100.1" }));
      world.run(20);
      from(FAR).send(OFFERED, HELLO);
      world.run(20);
    }),
  "introduction open at S": () =>
    with_(inhabited(), ({ world, node }, from) => {
      from(FRIEND).send(node.endpoint, say("CONNECT", { dst: ipOf(MEMBER), src: "4555" }));
      world.run(20);
    }),
  "peer over a relay": () =>
    with_(inhabited(), ({ world, node }, from) => {
      from(FRIEND).send(node.endpoint, relay(node.endpoint, HELLO, FAR));
      from(FRIEND).send(node.endpoint, relay(node.endpoint, join(), FAR));
      world.run(20);
    }),
  "letter in flight": () =>
    with_(inhabited(), ({ world, node }) => {
      node.command(posts(1, "hi"));
      world.run(20);
    }),
  "letters queued, one settled": () =>
    with_(inhabited(), ({ world, node }, from) => {
      for (let n = 1; n < 4; n++) node.command(posts(n, "same"));
      world.run(700);
      from(FRIEND).send(node.endpoint, ACK);
      world.run(20);
    }),
  "store slow": () =>
    with_(inhabited(), ({ node }) => {
      node.saveAnswer = "none";
      node.command(posts(1, "hi"));
    }),
  "store failed": () =>
    with_(inhabited(), ({ world, node }) => {
      node.saveAnswer = { code: "disk-full" };
      node.command(posts(1, "hi"));
      world.run(20);
    }),
  "answers waiting for credit": () =>
    with_(inhabited(), ({ world, node }, from) => {
      for (const message of [HELLO, join(), say("GETCERTIFICATE")]) from(at(98)).send(node.endpoint, message);
      world.run(20);
    }),
  tapping: () => with_(inhabited(), ({ node }) => node.command({ kind: "tap", on: true })),
  stopping: () =>
    with_(inhabited(), ({ world, node }) => {
      node.command({ kind: "shutdown" });
      world.run(20);
    }),
};

/** Every verb in every form, and what is no message at all. */
const DATAGRAMS: Record<string, string | Uint8Array | object> = {
  HELLO,
  "HELLO with null": { msg_type: "HELLO", msg_data: null },
  "HELLO with an id": say("HELLO", { node_id: "x", version: 1 }),
  ACK,
  "ACK with a foreign id": say("ACK", { msg_id: "x" }),
  "ACK with our id": say("ACK", { msg_id: "00000000000000000000000000000001" }),
  JOIN: join(),
  "JOIN of a new channel": join({ channel_id: ATTIC, channel: "attic" }),
  "JOIN with a cookie": join({ ptp: { cookie: "0".repeat(24), pad: "x" } }),
  CHANNEL: say("CHANNEL", { channel_id: LOBBY }),
  "CHANNEL with members": say("CHANNEL", {
    channel_id: LOBBY,
    members: [FAR, MEMBER, NODE, "[::1]:9"].map((address) => ({ address })),
    ptp: { cookie: "c" },
  }),
  "CHANNEL of no member": say("CHANNEL", { channel_id: LOBBY, ptp: { member: false } }),
  "CHANNEL of a new channel": say("CHANNEL", { channel_id: ATTIC }),
  LEAVE: say("LEAVE", { channel_id: LOBBY }),
  "LEAVE of an unknown channel": say("LEAVE", { channel_id: ATTIC }),
  ...Object.fromEntries(Object.entries(ACKED).map(([verb, body]) => [verb, say(verb, body)])),
  "GETCERTIFICATE, filled": say("GETCERTIFICATE", { ptp: { pad: "x".repeat(1_000) } }),
  "MESSAGE with an id": text("hi", { msg_id: "0".repeat(32) }),
  "MESSAGE to a new channel": text("hi", { channel_id: ATTIC }),
  "a long MESSAGE": text("x".repeat(60_000)),
  "CONNECT, step 1": say("CONNECT", { dst: ipOf(MEMBER), src: "4555" }),
  "CONNECT, step 1 with a number and ptp": say("CONNECT", { dst: ipOf(FRIEND), src: 4_555, ptp: { far: FRIEND } }),
  "CONNECT, step 1 to an endpoint": say("CONNECT", { dst: MEMBER, src: "4555" }),
  "CONNECT, step 2": say("CONNECT", { dst: FAR, src: "198.51.100.1" }),
  "CONNECT, step 2 to a place that must not be": say("CONNECT", { dst: "127.0.0.1:4777", src: "198.51.100.1" }),
  "CONNECT, step 3": say("CONNECT", { dst: "203.0.113.2:4555", src: "4888" }),
  "CONNECT, step 4": say("CONNECT", { dst: FAR, src: OFFERED }),
  "CONNECT, neither": say("CONNECT", { dst: "203.0.113.5", src: "203.0.113.6" }),
  "RELAY to a neighbour": relay(MEMBER, text("hi")),
  "RELAY to nobody": relay(at(77), text("hi")),
  "RELAY for us": relay(NODE as Endpoint, text("hi"), FAR),
  "RELAY of HELLO for us": relay(NODE as Endpoint, HELLO, FAR),
  "RELAY of JOIN for us": relay(NODE as Endpoint, join(), FAR),
  "RELAY of ACK for us": relay(NODE as Endpoint, ACK, FAR),
  "RELAY of CONNECT": relay(NODE as Endpoint, say("CONNECT", { dst: FAR, src: "203.0.113.6" }), FAR),
  "RELAY of RELAY": relay(NODE as Endpoint, relay(MEMBER, HELLO), FAR),
  "RELAY of junk": relay(NODE as Endpoint, { msg_type: "?" }, FAR),
  ROUTING: say("ROUTING", { nodes: [{ address: FAR, node_id: "x" }, { address: NODE }] }),
  "ROUTING of nobody": say("ROUTING", { nodes: [] }),
  empty: "",
  "not JSON": "{",
  "not ours": "hello",
  "a session frame": new Uint8Array([0xf8, 1, 2, 3]),
  "not UTF-8": new Uint8Array([0x7b, 0xff]),
  "too deep": `{"msg_type":"HELLO","msg_data":${"[".repeat(50)}${"]".repeat(50)}}`,
  "an array": " []",
  "no verb": "{}",
  "an unknown verb": { msg_type: "hello" },
  "bad data": { msg_type: "MESSAGE", msg_data: [] },
  __proto__: '{"__proto__":{"msg_type":"HELLO"},"msg_data":{"__proto__":{}}}',
  "half a character in ptp":
    '{"msg_type":"JOIN","msg_data":{"channel_id":"6f1c2d84-90ab-4cde-8f01-23456789abcd","ptp":{"cookie":"\\ud800"}}}',
  oversize: "{".padEnd(70_000, " "),
};

const SENDERS: Record<string, [Endpoint, number][]> = {
  "a stranger": [[FRESH, 0]],
  "the friend": [[FRIEND, 0]],
  "the member": [[MEMBER, 0]],
  "S, to the punch's socket": [[S, 1]],
  "the far party, to the punch's socket": [[FAR, 1]],
};

const INPUTS: Record<string, Input> = {
  "start again": { kind: "start" },
  wake: { kind: "wake" },
  "a socket that nobody asked for": { kind: "socket-opened", socket: 77, port: 5 },
  "the punch's socket": { kind: "socket-opened", socket: 1, port: 40_000 },
  "no socket": { kind: "socket-failed", socket: 1, code: "EMFILE" },
  "no socket 77": { kind: "socket-failed", socket: 77, code: "EMFILE" },
  "saved what nobody gave": { kind: "saved", batch: 9_999 },
  "saved the first batch again": { kind: "saved", batch: 1 },
  "could not save what nobody gave": { kind: "save-failed", batch: 9_999, code: "io-error" },
  "the clock set back": { kind: "clock", epoch: 0 },
  "join at": { kind: "command", command: joins([FAR, FRIEND]) },
  join: { kind: "command", command: joins() },
  "join another": { kind: "command", command: joins([], ATTIC, "attic") },
  leave: { kind: "command", command: { kind: "leave", channelId: LOBBY } },
  "leave what was not joined": { kind: "command", command: { kind: "leave", channelId: ATTIC } },
  post: { kind: "command", command: posts(50, "words") },
  "post to what was not joined": { kind: "command", command: posts(51, "words", ATTIC) },
  connect: { kind: "command", command: connects(FAR, null, 9) },
  "connect over S": { kind: "command", command: connects("203.0.113.5", S, 10) },
  "connect to an address": { kind: "command", command: connects("203.0.113.2", null, 11) },
  "ask for a certificate": { kind: "command", command: { kind: "ask-certificate", ref: 12, of: FRIEND } },
  "ask a stranger for a key": { kind: "command", command: { kind: "ask-key", ref: 13, of: FRESH, channelId: LOBBY } },
  "give a key": { kind: "command", command: { kind: "give-key", ref: 14, to: MEMBER, channelId: LOBBY, cipher: "c", key: "k" } },
  "tap on": { kind: "command", command: { kind: "tap", on: true } },
  "tap off": { kind: "command", command: { kind: "tap", on: false } },
  shutdown: { kind: "command", command: { kind: "shutdown" } },
};

/** Looks at each step of the node from here on. */
function watch({ world, node }: Scene): Output[] {
  const core = node.node;
  if (core === null) throw new Error("no node here");
  const said: Output[] = [];
  const step = core.step.bind(core);
  core.step = (now, input) => {
    const outputs = step(now, input);
    for (const output of outputs) check(node, output);
    expect(core.wakeAt).toBeGreaterThan(now);
    expect(Number.isFinite(core.wakeAt)).toBe(true);
    said.push(...outputs);
    return outputs;
  };
  expect(world.now).toBeGreaterThan(0);
  return said;
}

function check(node: Host, output: Output): void {
  if (output.kind === "send") {
    expect(node.sockets.has(output.socket)).toBe(true);
    expect(parseEndpoint(output.to)).toBe(output.to);
    expect(output.bytes.length).toBeLessThanOrEqual(DATAGRAM_SENT_MAX);
    expect(decode(output.bytes)).toMatchObject({ ok: true });
    const head = JSON.parse(new TextDecoder().decode(output.bytes)) as object;
    expect(["msg_type", "msg_type,msg_data"]).toContain(Object.keys(head).join());
  } else if (output.kind === "save") expect(output.changes.length).toBeGreaterThan(0);
}

/** ACKs in `outputs`, bare or carried by a RELAY. */
function acksIn(outputs: readonly Output[]): Endpoint[] {
  return outputs.flatMap((output) =>
    output.kind === "send" && new TextDecoder().decode(output.bytes).includes('"msg_type":"ACK"') ? [output.to] : [],
  );
}

/** How many ACKs a datagram earns: one for a valid message of the five verbs, RELAYs for us looked into. */
function earned({ node }: Scene, from: Endpoint, bytes: Uint8Array, state: string): number {
  const decoded = decode(bytes);
  if (!decoded.ok) return 0;
  const { verb, body } = decoded.message;
  if (verb === "RELAY") {
    const known = node.node?.peers(0).some((peer) => peer.endpoint === from) ?? false;
    const inner = verbOf(encoder.encode(JSON.stringify(body.message)));
    return known && body.src !== undefined && inner !== null && inner in ACKED ? Number.NaN : 0; // RELAY has its own tests
  }
  if (!(verb in ACKED)) return 0;
  return state === "store failed" && verb === "MESSAGE" && body.channel_id === LOBBY ? 0 : 1;
}

describe.each(Object.entries(STATES))("in the state %s", (state, enter) => {
  test.each(Object.entries(SENDERS))("every datagram from %s", (_sender, [[from, socket] = [FRESH, 0]]) => {
    for (const [name, content] of Object.entries(DATAGRAMS)) {
      const bytes =
        content instanceof Uint8Array ? content : encoder.encode(typeof content === "string" ? content : JSON.stringify(content));
      const scene = enter();
      if (!scene.node.sockets.has(socket)) continue;
      scene.node.step({ kind: "wake" }); // so that nothing periodic is due in the same step
      const expected = earned(scene, from, bytes, state);
      const said = watch(scene);
      try {
        const drops = scene.node.drops.length;
        scene.node.step({ kind: "datagram", socket, from, bytes });
        const acks = acksIn(said);
        if (!Number.isNaN(expected) && !(state === "punch as A, asking" && from === FAR))
          expect(acks).toEqual(new Array(expected).fill(from));
        if (!decode(bytes).ok) {
          expect(said.filter((output) => output.kind === "dropped")).toHaveLength(1);
          expect(scene.node.drops.length).toBe(drops + 1);
        }
        if (from === FRESH) expectNothingBeyondCredit(said, from, bytes);
        scene.world.run(2_000);
        expectBounds(scene);
      } catch (error) {
        throw new Error(`${name}: ${String(error)}`, { cause: error });
      }
    }
  });

  test("every other input", () => {
    for (const [name, input] of Object.entries(INPUTS)) {
      const scene = enter();
      watch(scene);
      try {
        scene.node.step(input);
        scene.world.run(20_000);
        expectBounds(scene);
      } catch (error) {
        throw new Error(`${name}: ${String(error)}`, { cause: error });
      }
    }
  });
});

function expectNothingBeyondCredit(said: readonly Output[], from: Endpoint, bytes: Uint8Array): void {
  const sent = said.flatMap((output) => (output.kind === "send" ? [output] : []));
  const verb = verbOf(bytes);
  if (verb === null || verb === "ACK") expect(sent).toEqual([]);
  const back = sent.filter((output) => networkOf(ipOf(output.to)) === networkOf(ipOf(from)));
  expect(back.reduce((sum, output) => sum + output.bytes.length, 0)).toBeLessThanOrEqual(bytes.length);
  for (const output of sent) if (!back.includes(output)) expect([FRIEND, MEMBER, S, FAR]).toContain(output.to);
}

function expectBounds({ world, node }: Scene): void {
  const core = node.node;
  expect(core?.peers(world.now).length).toBeLessThanOrEqual(20);
  expect(core?.routes(world.now).length).toBeLessThanOrEqual(20);
  expect(core?.members(LOBBY, world.now).length).toBeLessThanOrEqual(20);
  expect(node.sockets.size).toBeLessThanOrEqual(1 + 16 + 4);
  const counters = core?.counters();
  expect(JSON.parse(JSON.stringify(counters))).toEqual(counters);
}
