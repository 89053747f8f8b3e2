/**
 * Every state of handshake and session with every input. What is forged, repeated or comes from elsewhere changes nothing: the
 * node says and does to the byte what it does without. What is new and valid may be answered, within its bytes, and touches no
 * session. Nothing throws, and the two still talk afterwards, or meet again.
 */
import { describe, expect, test } from "vitest";
import type { Input } from "../../../src/core/index.ts";
import { REKEY_MS, SESSION_KEPT_MS } from "../../../src/core/limits.ts";
import { base64, type Endpoint, fromBase64, isFrame, readFrameHead } from "../../../src/wire/index.ts";
import { HELLO, join, joins, LOBBY, posts, relay, say, text } from "../said.ts";
import { type Host, type Sent, World } from "../world.ts";
import { ATTACKER, deedsOf, scales, sessionsOf, talking } from "./attacks/attack.ts";
import { type First, Forger, firstIn, type Later, laterBytes, laterIn, payloadOf, sealFrame } from "./attacks/forger.ts";
import { A, B, full, idOf } from "./full.ts";

const ELSEWHERE = "192.0.2.77:7777" as Endpoint;
const DAY_MS = 86_400_000;
const encoder = new TextEncoder();

interface Scene {
  readonly world: World;
  readonly a: Host;
  /** Null where nobody is at B. */
  readonly b: Host | null;
}

// ---- states ----

function isThird(sent: Sent, world: World): boolean {
  const later = laterIn(sent.bytes);
  const asked = world.sent.map(({ bytes }) => firstIn(bytes)?.i);
  return later?.n !== undefined && !asked.includes(later.to);
}

/** A calls B; what `loses` says is lost until the network is mended. */
function calling(loses: (sent: Sent, world: World) => boolean, isThere = true): Scene {
  const world = new World();
  world.loses = (sent) => loses(sent, world);
  const b = isThere ? full(world, B, 2) : null;
  const a = full(world, A, 1, { peers: [B] });
  for (const host of [a, b]) host?.command(joins());
  return { world, a, b };
}

/** The same in a session whose keys are due for renewal. */
function renewing(loses: (sent: Sent, world: World) => boolean): Scene {
  const { world, a, b } = talking();
  for (let n = 1; world.now < REKEY_MS - 2_000; n++) {
    a.command(posts(n, `text ${n}`));
    world.run(20_000);
  }
  world.loses = (sent) => loses(sent, world);
  const since = world.sent.length;
  for (let n = 0; n < 300 && !world.sent.slice(since).some(({ bytes }) => firstIn(bytes) !== null); n++) world.run(100);
  world.run(20);
  return { world, a, b };
}

const STATES: Record<string, () => Scene> = {
  asking: () =>
    after(
      calling(() => false, false),
      400,
    ),
  "asking, a cookie demanded": () => {
    const scene = after(
      calling(() => false, false),
      100,
    );
    const first = scene.world.sent.map(({ bytes }) => firstIn(bytes)).find((each) => each !== null);
    scene.a.step(datagram(B, laterBytes({ v: 1, to: first?.i ?? 0, retry: "0".repeat(24) })));
    return scene;
  },
  answered: () =>
    after(
      calling((sent, world) => isFrame(sent.bytes) || isThird(sent, world)),
      100,
    ),
  answering: () => {
    const world = new World();
    world.loses = (sent) => isThird(sent, world);
    const a = full(world, A, 1);
    const b = full(world, B, 2, { peers: [A] });
    for (const host of [a, b]) host.command(joins());
    return after({ world, a, b }, 100);
  },
  done: () => after(talking(), 500),
  "done, texts open": () => {
    const scene = talking();
    scene.b.saveAnswer = "none";
    for (let n = 1; n < 5; n++) scene.a.command(posts(n, `open ${n}`));
    return after(scene, 50);
  },
  "renewing, asked": () => renewing(({ bytes }) => laterIn(bytes) !== null),
  "renewing, answered": () => renewing((sent, world) => isThird(sent, world)),
  renewed: () =>
    after(
      renewing(() => false),
      300,
    ),
  silent: () => {
    const scene = talking();
    scene.world.loses = () => true;
    return after(scene, 10_000);
  },
  "ended by silence": () => {
    const scene = talking();
    scene.world.loses = () => true;
    return after(scene, SESSION_KEPT_MS + 2_000);
  },
  "ended by goodbye": () => {
    const { world, a, b } = talking();
    b.command({ kind: "shutdown" });
    world.run(50);
    world.crash(b);
    return after({ world, a, b: null }, 500);
  },
  "started anew at the other end": () => {
    const { world, a, b } = talking();
    world.crash(b);
    const again = full(world, B, 2, { peers: [A] });
    again.command(joins());
    return after({ world, a, b: again }, 500);
  },
  "the other end at a new address, not proved yet": () => {
    const { world, a, b } = talking();
    const moved = "198.51.100.9:5555" as Endpoint;
    world.loses = ({ to }) => to === moved;
    b.move(moved);
    b.command(posts(50, "moved"));
    return after({ world, a, b }, 100);
  },
  stopping: () => {
    const scene = talking();
    scene.a.command({ kind: "shutdown" });
    return after(scene, 50);
  },
};

function after<S extends Scene>(scene: S, ms: number): S {
  scene.world.run(ms);
  return scene;
}

function datagram(from: Endpoint, bytes: Uint8Array | object): Input {
  return { kind: "datagram", socket: 0, from, bytes: bytes instanceof Uint8Array ? bytes : encoder.encode(JSON.stringify(bytes)) };
}

// ---- inputs that must change nothing ----

type Make = (scene: Scene) => Input[];

/** What came to A so far. */
function came({ a }: Scene): readonly Sent[] {
  return a.inbox;
}

function latersTo(scene: Scene): { from: Endpoint; later: Later }[] {
  return came(scene).flatMap(({ from, bytes }) => {
    const later = laterIn(bytes);
    return later === null ? [] : [{ from, later }];
  });
}

function framesTo(scene: Scene): readonly Sent[] {
  return came(scene).filter(({ bytes }) => isFrame(bytes));
}

/** A's own first messages: they show its indices. */
function asked({ world }: Scene): First[] {
  return world.sent.flatMap(({ from, bytes }) => (from === A ? (firstIn(bytes) ?? []) : []));
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

function spoilt(later: Later): Later {
  const bytes = fromBase64(later.n ?? "");
  return { ...later, n: base64(flip(bytes, bytes.length - 1)) };
}

const garbage = base64(new Uint8Array(300).fill(3));

const INERT: Record<string, Make> = {
  "a frame that came before": (scene) => framesTo(scene).map(({ from, bytes }) => datagram(from, bytes)),
  "a frame that came before, from elsewhere": (scene) => framesTo(scene).map(({ bytes }) => datagram(ELSEWHERE, bytes)),
  "a frame with a wrong tag": (scene) => framesTo(scene).map(({ from, bytes }) => datagram(from, flip(bytes, bytes.length - 1))),
  "a frame with another counter": (scene) => framesTo(scene).map(({ from, bytes }) => datagram(from, flip(bytes, 10))),
  "a frame with the largest counter": (scene) =>
    framesTo(scene).map(({ from, bytes }) =>
      datagram(from, Uint8Array.of(...bytes.subarray(0, 5), 0, 0, 255, 255, 255, 255, 255, 255, ...bytes.subarray(13))),
    ),
  "a frame with another index": (scene) => framesTo(scene).map(({ from, bytes }) => datagram(from, flip(bytes, 4))),
  "a frame under a foreign key": (scene) =>
    framesTo(scene).map(({ from, bytes }) =>
      datagram(from, sealFrame(new Uint8Array(32).fill(5), readFrameHead(bytes)?.index ?? 0, 1_000, payloadOf())),
    ),
  "a frame that is cut": (scene) =>
    framesTo(scene).flatMap(({ from, bytes }) => [1, 13, 28].map((length) => datagram(from, bytes.slice(0, length)))),
  "message 2 or 3 that came before, from elsewhere": (scene) => latersTo(scene).map(({ later }) => datagram(ELSEWHERE, laterBytes(later))),
  "message 2 that came before": (scene) => {
    const own = new Set(asked(scene).map((first) => first.i));
    return latersTo(scene).flatMap(({ from, later }) =>
      own.has(later.to) && later.n !== undefined ? [datagram(from, laterBytes(later))] : [],
    );
  },
  "message 2 or 3 with its last byte flipped, from elsewhere": (scene) =>
    latersTo(scene).map(({ later }) => datagram(ELSEWHERE, laterBytes(spoilt(later)))),
  "message 2 or 3 with another index": (scene) =>
    latersTo(scene).map(({ from, later }) => datagram(from, laterBytes({ ...later, to: ((later.to ?? 0) + 1) % 2 ** 32 }))),
  "message 2 of garbage": (scene) => asked(scene).map(({ i }) => datagram(B, laterBytes({ v: 1, to: i ?? 0, n: garbage }))),
  "message 2 of garbage, from elsewhere": (scene) =>
    asked(scene).map(({ i }) => datagram(ELSEWHERE, laterBytes({ v: 1, to: i ?? 0, n: garbage }))),
  "message 2 of another node's, for another question": (scene) =>
    asked(scene).map(({ i }) => datagram(B, laterBytes({ ...new Forger(66).answer(new Forger(65).begin().first).second, to: i ?? 0 }))),
  "message 2 or 3 of nobody's": () => [B, ELSEWHERE].map((from) => datagram(from, laterBytes({ v: 1, to: 7, n: garbage }))),
  "message 2 without content": (scene) => asked(scene).map(({ i }) => datagram(B, laterBytes({ v: 1, to: i ?? 0 }))),
  "a demand for a cookie, from elsewhere": (scene) =>
    asked(scene).map(({ i }) => datagram(ELSEWHERE, laterBytes({ v: 1, to: i ?? 0, retry: "0".repeat(24) }))),
  "a demand for a cookie of nobody's": () => [datagram(B, laterBytes({ v: 1, to: 7, retry: "0".repeat(24) }))],
  "message 1 without a key, with a short one, with foreign suites": () => {
    const { first } = new Forger(66).begin();
    return [
      { ...first, n: undefined },
      { ...first, n: base64(new Uint8Array(31)) },
      { ...first, s: [2] },
      { ...first, i: undefined },
    ].map((ptp) => datagram(ATTACKER, say("GETCERTIFICATE", { ptp })));
  },
  "an ACK with an id": () => [datagram(ELSEWHERE, say("ACK", { msg_id: "x" }))],
  "a socket that nobody asked for, that failed": () => [{ kind: "socket-failed", socket: 77, code: "EMFILE" }],
  "a TCP connection": () => [{ kind: "tcp-accepted", socket: -7, from: "192.0.2.9:9999" as Endpoint }],
  "a datagram on no TCP connection": () => [{ kind: "streamed", socket: -8, bytes: encoder.encode('{"msg_type":"HELLO"}') }],
  "the end of no TCP connection": () => [{ kind: "tcp-ended", socket: -8, code: "tcp-length" }],
  "saved what nobody gave": () => [{ kind: "saved", batch: 99_999 }],
  "a wake-up": () => [{ kind: "wake" }],
};

/** What B says in the clear, where A knows that it speaks inside. */
const IN_CLEAR: Record<string, object> = {
  JOIN: join(),
  CHANNEL: say("CHANNEL", { channel_id: LOBBY, members: [{ address: "203.0.113.9:4000" }] }),
  LEAVE: say("LEAVE", { channel_id: LOBBY }),
  MESSAGE: text("lies"),
  GETCERTIFICATE: say("GETCERTIFICATE"),
  CERTIFICATE: say("CERTIFICATE", { certificate: "MIIB" }),
  GETKEY: say("GETKEY", { channel_id: LOBBY }),
  KEY: say("KEY", { channel_id: LOBBY, cipher: "none", key: "k" }),
  RELAY: relay(A, HELLO, "203.0.113.9:4000"),
  ROUTING: say("ROUTING", { nodes: [{ address: "203.0.113.9:4000" }] }),
};
const MET = Object.keys(STATES).filter(
  (state) => !["asking", "asking, a cookie demanded", "answering", "ended by goodbye"].includes(state),
);

const WATCHED_MS = 4_000;

/** What A does in a state that is left alone. */
const undisturbed = new Map<string, string[]>();

function deedsIn(state: string): string[] {
  const known = undisturbed.get(state);
  if (known !== undefined) return known;
  const scene = (STATES[state] as () => Scene)();
  const deeds = deedsFrom(scene, scene.world.sent.length);
  undisturbed.set(state, deeds);
  return deeds;
}

function deedsFrom({ world, a }: Scene, since: number): string[] {
  world.run(WATCHED_MS);
  return deedsOf(world, a, since);
}

/** The first deed that is another one than without the input, shortened; null where there is none. */
function firstNews(deeds: readonly string[], without: readonly string[]): string | null {
  const at = Array.from({ length: Math.max(deeds.length, without.length) }).findIndex((_, n) => deeds[n] !== without[n]);
  return at < 0 ? null : `${deeds[at]?.slice(0, 120)} in place of ${without[at]?.slice(0, 120)}`;
}

describe.each(Object.entries(STATES))("in the state %s", (state, enter) => {
  test("every input that must change nothing changes nothing", () => {
    for (const [name, make] of Object.entries(INERT)) {
      const scene = enter();
      const inputs = make(scene);
      const since = scene.world.sent.length;
      for (const input of inputs) scene.a.step(input);
      expect(firstNews(deedsFrom(scene, since), deedsIn(state)), name).toBeNull();
    }
  });

  if (MET.includes(state))
    test("what is said in the clear in the other's name changes nothing", () => {
      for (const [name, message] of Object.entries(IN_CLEAR)) {
        const scene = enter();
        const since = scene.world.sent.length;
        scene.a.step(datagram(B, message));
        expect(scene.a.drops.at(-1), name).toEqual({ reason: "full-peer", from: B });
        expect(firstNews(deedsFrom(scene, since), deedsIn(state)), name).toBeNull();
      }
    });

  test("a first message that is new, or came before, makes no session by itself, and no more bytes than it has", () => {
    const news: Record<string, (scene: Scene) => Uint8Array[]> = {
      "a stranger's": () => [new Forger(66).begin().bytes()],
      "a stranger's, not filled": () => [new Forger(66).begin({ filled: false }).bytes()],
      "one that came before": (scene) => scene.world.sent.flatMap(({ to, bytes }) => (to === A && firstIn(bytes) !== null ? [bytes] : [])),
      "A's own": (scene) => scene.world.sent.flatMap(({ from, bytes }) => (from === A && firstIn(bytes) !== null ? [bytes] : [])),
    };
    for (const [name, make] of Object.entries(news)) {
      for (const from of [ELSEWHERE, B]) {
        const scene = enter();
        const [since, ups, downs] = [scene.world.sent.length, scene.a.saw("session-up").length, scene.a.saw("session-down").length];
        for (const bytes of make(scene)) scene.a.step(datagram(from, bytes));
        expect([scene.a.saw("session-up").length, scene.a.saw("session-down").length], name).toEqual([ups, downs]);
        if (from === ELSEWHERE) {
          scene.world.run(WATCHED_MS);
          const { into, out } = scales(scene.world, ELSEWHERE, since);
          expect(out, name).toBeLessThanOrEqual(into + make(enter()).reduce((sum, bytes) => sum + bytes.length, 0));
        }
      }
    }
  });

  test("every other input throws nothing, and the two talk afterwards, or meet again", () => {
    const inputs: Record<string, Input[]> = {
      network: [{ kind: "network" }],
      "network, ten times": Array.from({ length: 10 }, () => ({ kind: "network" })),
      "the clock a day on": [{ kind: "clock", epoch: 1_790_000_000_000 + DAY_MS }],
      "the clock a day back": [{ kind: "clock", epoch: 1_790_000_000_000 - DAY_MS }],
      "the clock ten years on": [{ kind: "clock", epoch: 1_790_000_000_000 + 3_650 * DAY_MS }],
      "the clock at its beginning": [{ kind: "clock", epoch: 0 }],
      "the clock before its beginning": [{ kind: "clock", epoch: -1e15 }],
      "start again": [{ kind: "start" }],
      "could not save what nobody gave": [{ kind: "save-failed", batch: 99_999, code: "io-error" }],
      "tap on": [{ kind: "command", command: { kind: "tap", on: true } }],
      "leave, and join again": [
        { kind: "command", command: { kind: "leave", channelId: LOBBY } },
        { kind: "command", command: joins([B]) },
      ],
      "connect to the other": [{ kind: "command", command: { kind: "connect", ref: 5, to: B, via: null } }],
      "ask the other's certificate": [{ kind: "command", command: { kind: "ask-certificate", ref: 6, of: B } }],
      "a socket that nobody asked for": [{ kind: "socket-opened", socket: 77, port: 5 }],
      "message 1 of B's, new": [datagram(B, new Forger(2).begin().bytes())],
      "a demand for a cookie": asked(enter()).map(({ i }) => datagram(B, laterBytes({ v: 1, to: i ?? 0, retry: "0".repeat(24) }))),
      "message 3 that came before": latersTo(enter()).map(({ from, later }) => datagram(from, laterBytes(later))),
      shutdown: [{ kind: "command", command: { kind: "shutdown" } }],
    };
    for (const [name, steps] of Object.entries(inputs)) {
      const scene = enter();
      const { world, a, b } = scene;
      for (const input of steps) a.step(input);
      world.run(2_000);
      world.loses = () => false;
      if (b !== null) b.saveAnswer = "saved";
      a.step({ kind: "clock", epoch: 1_790_000_000_000 });
      world.run(40_000);
      if (b === null || name === "shutdown" || state === "stopping") continue;
      expect([sessionsOf(a), sessionsOf(b)], name).toEqual([[idOf(b)], [idOf(a)]]);
      const said = [a.posts().length, b.posts().length];
      a.command(posts(700, "afterwards"));
      b.command(posts(701, "afterwards"));
      world.run(3_000);
      expect([a.posts().length, b.posts().length], name).toEqual(said.map((each) => each + 1));
    }
  }, 60_000);
});
