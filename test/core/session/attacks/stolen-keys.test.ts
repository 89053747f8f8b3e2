/**
 * Rows 7 and 8: keys in the wrong hands. Whoever has a node's keys can be that node, and nobody else towards it; and what was
 * recorded before stays closed, since what would open it was never written down and is gone.
 */
import { describe, expect, test } from "vitest";
import { NoiseXX, type X25519KeyPair } from "../../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../../src/crypto/sodium/index.ts";
import { SymmetricState } from "../../../../src/crypto/symmetric-state.ts";
import { base64, fromBase64, isFrame, readFrameHead } from "../../../../src/wire/index.ts";
import { joins, posts } from "../../said.ts";
import { configOf, type Host, type Sent, World } from "../../world.ts";
import { A, B, full, identity, idOf } from "../full.ts";
import { ATTACKER, lonely, sessionsOf, spoof } from "./attack.ts";
import { type First, Forger, firstIn, type Later, laterBytes, laterIn, prologueOf, sealFrame } from "./forger.ts";

describe("with B's keys, the identity and the running link key", () => {
  /** B's keys in the attacker's hands; the real A's credentials are known to it too, from a session with B. */
  function stolen() {
    const thief = new Forger(2);
    const realA = new Forger(1);
    return { thief, realA };
  }

  test("nobody poses as A towards B: A's link key is needed for that", () => {
    // The attacker plays A towards B. It shows A's certificate and A's own signature of A's link key, and says that this
    // link key is its own; with B's secret link key it can work out everything but what needs A's.
    const world = new World();
    const b = full(world, B, 2);
    const host = world.bare(ATTACKER);
    const { realA } = stolen();
    const first = new Forger(50);
    first.link = { publicKey: realA.link.publicKey, secretKey: new Uint8Array(32).fill(8) };
    first.linkSignature = realA.linkSignature;
    Object.assign(first, { certificate: realA.certificate, signingKey: realA.signingKey });
    const opening = first.begin();
    host.send(B, opening.bytes());
    world.run(20);
    const seen = host.inbox.map(({ bytes }) => opening.read(laterIn(bytes) ?? { v: 1 })).find((each) => each !== null);
    if (seen == null) throw new Error("no answer");
    host.send(B, laterBytes(opening.finish(seen.remoteIndex).third));
    world.run(50);
    expect(sessionsOf(b)).toEqual([]);
    expect(b.dropped("bad-handshake")).toBe(1);
  });

  test("nobody answers A in C's name: C's link key is needed for that", () => {
    const world = new World();
    const a = full(world, A, 1, { peers: [B] });
    const first = world.sent.map(({ bytes }) => firstIn(bytes)).find((each) => each !== null) as First;
    // C is known by its certificate and its signed link key, as anybody who met it knows them; A's own keys are stolen.
    const c = new Forger(3);
    const posing = new Forger(51);
    posing.link = { publicKey: c.link.publicKey, secretKey: new Uint8Array(32).fill(8) };
    Object.assign(posing, { certificate: c.certificate, signingKey: c.signingKey });
    spoof(world, B, A, laterBytes(posing.answer(first).second));
    world.run(50);
    expect(sessionsOf(a)).toEqual([]);
    expect(a.dropped("bad-handshake")).toBe(1);
  });

  test("the thief is B to everybody, and to nobody anyone else", () => {
    const { world, node } = lonely();
    const { thief } = stolen();
    const host = world.bare(ATTACKER);
    const opening = thief.begin();
    host.send(A, opening.bytes());
    world.run(20);
    const seen = host.inbox.map(({ bytes }) => opening.read(laterIn(bytes) ?? { v: 1 })).find((each) => each !== null);
    host.send(A, laterBytes(opening.finish(seen?.remoteIndex ?? 0).third));
    world.run(20);
    const idOfB = full(new World(), B, 2).node?.nodeId;
    expect(sessionsOf(node)).toEqual([idOfB]);
  });
});

/** Everything that the two nodes drew from chance, and everything that they gave to a disk. */
interface Tape {
  readonly world: World;
  readonly a: Host;
  readonly b: Host;
  readonly drawn: Uint8Array[];
  readonly sent: readonly Sent[];
}

function record(): Tape {
  const world = new World();
  const drawn: Uint8Array[] = [];
  const random = (length: number) => {
    const bytes = configOf(world, {}).random(length);
    if (length === 32) drawn.push(bytes.slice());
    return bytes;
  };
  const b = full(world, B, 2, { random });
  const a = full(world, A, 1, { peers: [B], random });
  for (const host of [a, b]) host.command(joins());
  world.run(500);
  for (let n = 1; n <= 30; n++) {
    a.command(posts(n, `the secret is ${n}`));
    world.run(8_000); // long enough for a renewal of keys
  }
  expect(b.posts()).toHaveLength(30);
  return { world, a, b, drawn, sent: [...world.sent] };
}

describe("with both identity keys, later", () => {
  test("nothing of a recorded session opens: what the keys were made of is in no output and no file", () => {
    const { a, b, drawn, sent } = record();
    expect(drawn.length).toBeGreaterThanOrEqual(2 * 2 + 2 * 2); // cookies and link keys; ephemeral keys of two handshakes and more
    const kept = JSON.stringify([...a.saves, ...b.saves], (_, value: unknown) => (value instanceof Uint8Array ? hex(value) : value));
    const wire = sent.map(({ bytes }) => hex(bytes)).join(" ");
    const events = JSON.stringify([...a.events, ...b.events]);
    for (const secret of drawn) for (const place of [kept, wire, events]) expect(place.includes(hex(secret))).toBe(false);
    expect(kept.includes(hex(identity(1).signingKey?.secretKey ?? new Uint8Array(0)))).toBe(false);
  });

  test("the handshake does not open with them, nor with the link keys besides", () => {
    const { sent, drawn } = record();
    const { first, second } = handshakeIn(sent);
    const [e, f] = [fromBase64(first.n ?? ""), fromBase64(second.n ?? "").slice(0, 32)]; // both ephemeral keys, public
    const pairs = keyPairs(drawn);
    const links = linksAmong(pairs, first, second);
    expect(links).toHaveLength(2);
    const identities = [1, 2].map((seed) => identity(seed).signingKey?.secretKey.slice(0, 32) as Uint8Array);
    const known = [...links.map((pair) => pair.secretKey), ...identities];
    for (const secret of known) for (const key of [e, f]) expect(opensWith(sodiumCrypto.x25519(secret, key), first, second)).toBe(false);
    for (const guess of [e, f, new Uint8Array(32)]) expect(opensWith(guess, first, second)).toBe(false);
    // The test is not blind: with an ephemeral key, which a node forgets, it does open.
    const forgotten = pairs.find((pair) => base64(pair.publicKey) === first.n) as X25519KeyPair;
    expect(opensWith(sodiumCrypto.x25519(forgotten.secretKey, f), first, second)).toBe(true);
  });

  test("frames open with no key that can be made of what is known", () => {
    const { sent, drawn } = record();
    const frames = sent.filter(({ bytes }) => isFrame(bytes)).slice(0, 40);
    const candidates = keyPairs(drawn);
    const { first, second } = handshakeIn(sent);
    const links = linksAmong(candidates, first, second);
    const identities = [1, 2].map((seed) => identity(seed).signingKey?.secretKey.slice(0, 32) as Uint8Array);
    const secrets = [...links.map((pair) => pair.secretKey), ...identities];
    const shared = secrets.flatMap((secret) =>
      [...links.map((pair) => pair.publicKey), fromBase64(first.n ?? ""), fromBase64(second.n ?? "").slice(0, 32)].flatMap(
        (key) => sodiumCrypto.x25519(secret, key) ?? [],
      ),
    );
    const keys = [
      ...secrets,
      ...shared,
      ...shared.flatMap((each) => halves(sodiumCrypto.hkdfSha256(each, new Uint8Array(0), new Uint8Array(0), 64))),
    ];
    for (const { bytes } of frames) {
      const head = readFrameHead(bytes);
      for (const key of keys) expect(sodiumCrypto.open(key, head?.counter ?? 0, bytes.subarray(0, 13), bytes.subarray(13))).toBeNull();
    }
  });

  test("a session that is alive is not entered with the identity keys", () => {
    const { world, a, b } = record();
    const [thiefA, thiefB] = [new Forger(1), new Forger(2)];
    const texts = [a.posts().length, b.posts().length];
    for (const [thief, from, to, host] of [
      [thiefA, A, B, b],
      [thiefB, B, A, a],
    ] as const) {
      for (const { bytes } of world.sent.filter(({ to: at, bytes }) => at === to && isFrame(bytes)).slice(-5)) {
        const head = readFrameHead(bytes);
        spoof(world, from, to, sealFrame(thief.link.secretKey, head?.index ?? 0, (head?.counter ?? 0) + 100, new Uint8Array(64)));
      }
      world.run(100);
      expect(host.dropped("bad-frame")).toBeGreaterThan(0);
    }
    expect([a.posts().length, b.posts().length]).toEqual(texts);
    expect([sessionsOf(a), sessionsOf(b)]).toEqual([[idOf(b)], [idOf(a)]]);
  });
});

describe("a node that is started anew", () => {
  test("has another link key and other ephemeral keys, so that a memory taken later holds nothing of the run before", () => {
    const links = [1, 2, 3].map((random) => {
      const world = new World();
      world.random = random;
      const host = world.bare(ATTACKER);
      full(world, A, 1);
      const opening = new Forger(66).begin();
      host.send(A, opening.bytes());
      world.run(20);
      const seen = host.inbox.map(({ bytes }) => opening.read(laterIn(bytes) ?? { v: 1 })).find((each) => each !== null);
      return hex(seen?.link ?? new Uint8Array(0));
    });
    expect(new Set(links).size).toBe(3);
  });
});

function handshakeIn(sent: readonly Sent[]): { first: First; second: Later } {
  const first = sent.map(({ bytes }) => firstIn(bytes)).find((each) => each !== null) as First;
  const second = sent.map(({ bytes }) => laterIn(bytes)).find((each) => each?.to === first.i) as Later;
  return { first, second };
}

function keyPairs(drawn: readonly Uint8Array[]): X25519KeyPair[] {
  return drawn.map((secret) => sodiumCrypto.x25519KeyPair(secret));
}

/** The link keys among all that was drawn: those that message 2 was made with, and those of its reader. */
function linksAmong(pairs: readonly X25519KeyPair[], first: First, second: Later): X25519KeyPair[] {
  const ephemeral = pairs.find((pair) => base64(pair.publicKey) === first.n);
  const remote = ephemeral === undefined ? null : staticIn(ephemeral, first, second);
  const answerer = pairs.find((pair) => remote !== null && hex(pair.publicKey) === hex(remote));
  // B draws its cookie secret and then its link key at birth, and A after it.
  const asker = pairs[3];
  return answerer === undefined || asker === undefined ? [] : [answerer, asker];
}

function staticIn(ephemeral: X25519KeyPair, first: First, second: Later): Uint8Array | null {
  const noise = new NoiseXX(sodiumCrypto, "initiator", prologueOf(first.s ?? [], first.i ?? 0), ephemeral, ephemeral);
  noise.write(new Uint8Array(0));
  return noise.read(fromBase64(second.n ?? "")) === null ? null : noise.remoteStatic;
}

/** True when whoever has the secret of the two ephemeral keys, and has read the wire, can open the first part of message 2. */
function opensWith(ee: Uint8Array | null, first: First, second: Later): boolean {
  const message = fromBase64(second.n ?? "");
  const state = SymmetricState.begin(sodiumCrypto, "Noise_XX_25519_ChaChaPoly_SHA256");
  for (const said of [prologueOf(first.s ?? [], first.i ?? 0), fromBase64(first.n ?? ""), new Uint8Array(0), message.slice(0, 32)])
    state.mixHash(said);
  state.mixKey(ee ?? new Uint8Array(32));
  return state.open(message.slice(32, 80)) !== null;
}

function halves(bytes: Uint8Array): Uint8Array[] {
  return [bytes.slice(0, 32), bytes.slice(32)];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
