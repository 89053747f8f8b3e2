/**
 * The handshake that begins or renews a session: Noise XX in the seed's verbs.
 *
 *   A -> B  GETCERTIFICATE {v, i, s, n, c?, pad}   n = e
 *   B -> A  CERTIFICATE    {v, to, retry}          only under load: ask again with this cookie
 *   B -> A  CERTIFICATE    {v, to, n}              n = e, ee, s, es, credentials of B
 *   A -> B  CERTIFICATE    {v, to, n}              n = s, se, credentials of A
 *
 * Nothing here answers with more bytes than it got from an address that has not shown that it receives. PROTOCOL.md §11.1.
 */
import { base32, isBefore, NoiseXX } from "../../crypto/index.ts";
import { type BodyOf, base64, encode, fromBase64, PADDED_BYTES } from "../../wire/index.ts";
import type { CertificateFacts } from "../certificates.ts";
import { cookieFor, isCookieOf } from "../cookie.ts";
import type { HandshakeRefusal } from "../io.ts";
import {
  ACK_WITHIN_MS,
  ATTEMPTS_MAX,
  CLOCK_SLACK_MS,
  COOKIES_TAKEN_MAX,
  CROSSED_MS,
  HANDSHAKE_FIRST_MS,
  HANDSHAKE_GAP_HEARD_MS,
  HANDSHAKE_GAP_MS,
  HANDSHAKE_GAP_MS_MAX,
  HANDSHAKE_HEARD_MS,
  HANDSHAKE_MS,
  LINK_KEPT_MS,
  UDP_TRY_MS,
  WAY_MS,
} from "../limits.ts";
import { dropPath } from "../liveness.ts";
import { isLive, isSameWay, type Path } from "../path.ts";
import { mayUse } from "../path-policy.ts";
import type { Peer } from "../peer-table.ts";
import { noteWorth } from "../routing/seeking-ways.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { isFullEndpoint, transmitPlain } from "../transmit.ts";
import type { TrialKind, TrialOutcome } from "../trial-log.ts";
import { type Credentials, decodeCredentials, isLinkSigned } from "./credentials.ts";
import { establish } from "./establish.ts";
import { showKeys } from "./frames.ts";
import { type Answer, type Attempt, questionOf } from "./handshake-table.ts";
import { againAfter } from "./seeking.ts";
import type { Epoch, Proven, Session } from "./session.ts";
import { candidateAt, offerPath } from "./session-paths.ts";

type First = NonNullable<BodyOf<"GETCERTIFICATE">["ptp"]>;
type Later = NonNullable<BodyOf<"CERTIFICATE">["ptp"]>;

const VERSION = 1;
/** X25519, ChaCha20-Poly1305, SHA-256. The list of suites is in the prologue, so nobody can shorten it unnoticed. */
const SUITE = 1;
const EPHEMERAL_BYTES = 32;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

// ---- the end that begins ----

/**
 * Begins a handshake over `path`, unless one is under way there.
 * @param expects - the node that must answer, in base32; null where any may
 */
export function beginHandshake(node: NodeState, path: Path, expects: string | null, now: Instant): void {
  const { handshakes, link, config } = node;
  if (link === null || handshakes.attemptOn(path) !== undefined || handshakes.attempts().length >= ATTEMPTS_MAX) return;
  const index = newIndex(node);
  const noise = new NoiseXX(
    config.crypto,
    "initiator",
    prologueOf([SUITE], index),
    link.key,
    config.crypto.x25519KeyPair(config.random(32)),
  );
  const first = base64(noise.write(NOTHING));
  const attempt: Attempt = {
    index,
    path,
    noise,
    first,
    expects,
    startedAt: now,
    askedAt: now,
    cookie: null,
    cookiesTaken: 0,
    crossed: false,
    answered: null,
    nextAt: now,
    gapMs: HANDSHAKE_GAP_MS,
  };
  path.attemptedAt = now;
  path.firstsSent = 0;
  path.firstsAcked = 0;
  handshakes.addAttempt(attempt);
  say(node, attempt, now);
}

/**
 * Somebody is heard over a path that was silent. What was asked there before may have met nobody, so it is asked anew and with
 * all patience: who has only just been started would be taken for one that does not answer.
 */
export function askAnew(node: NodeState, path: Path, now: Instant): void {
  path.handshakeAt = Math.min(path.handshakeAt, now);
  path.attemptsFailed = 0;
  const attempt = node.handshakes.attemptOn(path);
  if (attempt === undefined || attempt.answered !== null || now - attempt.startedAt < HANDSHAKE_GAP_MS) return; // it has only begun
  attempt.startedAt = now;
  attempt.gapMs = HANDSHAKE_GAP_MS;
  path.attemptedAt = now;
  say(node, attempt, now);
}

/** Repeats what is due, and gives up what took too long. Called at every pulse. */
export function tendHandshakes(node: NodeState, now: Instant): void {
  for (const attempt of node.handshakes.attempts()) {
    if (attempt.answered?.epoch.confirmed === true) node.handshakes.removeAttempt(attempt);
    else if (isCutOff(attempt.path)) cutOff(node, attempt, now);
    else if (now - attempt.startedAt >= patienceWith(node, attempt, now)) abandon(node, attempt, now);
    else if (now >= attempt.nextAt) say(node, attempt, now);
  }
  node.handshakes.expireAnswers(now);
}

function cutOff(node: NodeState, attempt: Attempt, now: Instant): void {
  node.handshakes.removeAttempt(attempt);
  if (attempt.answered === null) node.trials.note("handshake", attempt.path, attempt.startedAt, "no-answer", now);
}

/** The path, or the one of its relay, is nobody's any more. A TCP connection sees to that by itself. */
function isCutOff(path: Path): boolean {
  return (path.peer === null && path.kind !== "tcp") || path.relay?.peer === null;
}

/**
 * An ACK without an id over a path where a first message went out is the ACK of that: whoever acknowledges it knows only
 * the seed. Every copy earns one, and a late one must not confirm the message that came after. An ACK is easily forged,
 * so it ends nothing by itself: a second message that comes within HANDSHAKE_FIRST_MS still counts.
 */
export function noteAcked(path: Path, now: Instant): boolean {
  if (!owesAcks(path, now)) return false;
  path.firstsAcked++;
  return true;
}

function owesAcks(path: Path, now: Instant): boolean {
  return path.firstsAcked < path.firstsSent && now - path.attemptedAt < ACK_WITHIN_MS;
}

/**
 * Who acknowledges and does not answer knows only the seed; who says HELLO and does not even acknowledge may have lost what we
 * said, or we what it said; who is silent may only be far away.
 */
function patienceWith(node: NodeState, attempt: Attempt, now: Instant): number {
  const { path, startedAt, answered } = attempt;
  if (path.route !== null && answered === null) return WAY_MS;
  if (path.byName) return UDP_TRY_MS;
  if (answered !== null || path.peer?.session != null || isFullEndpoint(node, path, now)) return HANDSHAKE_MS;
  if (path.firstsAcked > 0) return HANDSHAKE_FIRST_MS;
  const isHeard = path.helloAt >= startedAt && path.peer?.knowsPtp !== true && !attempt.crossed;
  return isHeard ? HANDSHAKE_HEARD_MS : HANDSHAKE_MS;
}

/**
 * True while ACKs may come that a handshake earned: a message that wants its own waits for them, as for those of the one
 * before it. Of a peer that repeats ids no ACK is in doubt.
 */
export function mayBeAcked(peer: Peer, now: Instant): boolean {
  return !peer.echoes && peer.paths.some((path) => owesAcks(path, now));
}

function say(node: NodeState, attempt: Attempt, now: Instant): void {
  attempt.nextAt = now + attempt.gapMs;
  attempt.gapMs = Math.min(isLive(attempt.path, now) ? HANDSHAKE_GAP_HEARD_MS : HANDSHAKE_GAP_MS_MAX, attempt.gapMs * 2);
  if (attempt.answered === null) {
    if (transmitPlain(node, attempt.path, "GETCERTIFICATE", { ptp: firstOf(attempt) }, now)) attempt.path.firstsSent++;
  } else sayLater(node, attempt.path, { to: attempt.answered.remoteIndex, n: attempt.answered.third }, now);
}

/** Filled up, so that the answer is paid for. */
function firstOf(attempt: Attempt): First {
  const body: First = {
    v: VERSION,
    i: attempt.index,
    s: [SUITE],
    n: attempt.first,
    ...(attempt.cookie === null ? {} : { c: attempt.cookie }),
  };
  const missing = PADDED_BYTES - encode("GETCERTIFICATE", { ptp: { ...body, pad: "" } }).length;
  return { ...body, pad: "x".repeat(Math.max(0, missing)) };
}

/** @param reason - why the other end was refused, where it was */
function abandon(node: NodeState, attempt: Attempt, now: Instant, reason: HandshakeRefusal | null = null): void {
  const { path, answered } = attempt;
  node.handshakes.removeAttempt(attempt);
  node.trials.note(kindOf(path), path, attempt.startedAt, reason ?? outcomeOf(attempt), now);
  if (answered !== null && !answered.session.announced && path.keep !== "lan")
    node.emit({ type: "session-refused", endpoint: path.endpoint, reason: "not-let-in" });
  if (path.peer !== null && answered === null && path.firstsAcked > 0) path.peer.seedOnly = true;
  path.handshakeAt = now + againAfter(node, path, now);
  path.attemptsFailed++;
  if (path.route === null || answered !== null) return;
  noteWorth(node, path, false, now);
  if (path.peer?.session == null) dropPath(node, path); // another way takes its place
}

function kindOf({ kind }: Path): TrialKind {
  return kind === "tcp" ? "tcp" : "handshake";
}

function outcomeOf({ path, answered }: Attempt): TrialOutcome {
  if (answered !== null) return "not-let-in";
  return path.firstsAcked > 0 ? "seed-only" : "no-answer";
}

/** The second message, at the end that began: the other has proved itself, and gets the third. */
function onSecond(node: NodeState, path: Path, attempt: Attempt, message: Uint8Array, now: Instant): void {
  const { link } = node;
  if (link === null || attempt.answered !== null || attempt.path !== path) return node.drop("handshake-stray", path.endpoint);
  const payload = attempt.noise.read(message);
  const shown = payload === null ? null : decodeCredentials(payload);
  const proven = shown === null ? "bad-handshake" : judge(node, path, shown, attempt.noise.remoteStatic, attempt.expects, now);
  if (shown === null || typeof proven === "string") {
    // Authentic but not acceptable ends the attempt; what is not even authentic may be anybody's and ends nothing.
    if (payload !== null) refuse(node, path, proven as HandshakeRefusal, (reason) => abandon(node, attempt, now, reason));
    else node.drop("bad-handshake", path.endpoint);
    if (proven === "path-policy" && path.keep !== "configured") dropPath(node, path);
    return;
  }
  const newer = overtaking(node, proven.nodeId, attempt.askedAt);
  if (newer !== null && newer.with.linkKey !== proven.linkKey) {
    node.handshakes.removeAttempt(attempt); // from before its node was started anew, or from after: another question tells
    return node.drop("handshake-stray", path.endpoint);
  }
  const third = base64(attempt.noise.write(link.credentials(attempt.index, node.timestamp(now))));
  const epoch = epochOf("initiator", attempt.index, shown.index, attempt.noise, now);
  attempt.gapMs = HANDSHAKE_GAP_MS;
  const session = establish(node, path, proven, { epoch, clock: shown.clock, answeredMs: now - attempt.askedAt }, now);
  attempt.answered = { third, remoteIndex: shown.index, session, epoch };
  if (attempt.expects === null) node.trials.note(kindOf(path), path, attempt.startedAt, "ok", now);
  say(node, attempt, now);
}

function onRetry(node: NodeState, path: Path, attempt: Attempt, cookie: string, now: Instant): void {
  if (attempt.answered !== null || attempt.path !== path || attempt.cookiesTaken >= COOKIES_TAKEN_MAX)
    return node.drop("handshake-stray", path.endpoint);
  attempt.cookie = cookie;
  attempt.cookiesTaken++;
  say(node, attempt, now);
}

// ---- the end that answers ----

/**
 * GETCERTIFICATE with a handshake in it.
 * @param bytes - the length of the datagram: the answer is not longer
 */
export function onFirst(node: NodeState, path: Path, ptp: First, bytes: number, now: Instant): void {
  const { handshakes, link, stopping } = node;
  if (link === null || stopping) return;
  const { i: index, s: suites, n: first, c: cookie } = ptp;
  if (index === undefined || suites === undefined || first === undefined) return node.drop("bad-handshake", path.endpoint);
  if (!suites.includes(SUITE)) return node.drop("handshake-suite", path.endpoint);
  const message = fromBase64(first);
  if (message.length !== EPHEMERAL_BYTES) return node.drop("bad-handshake", path.endpoint);
  const question = questionOf(path, first);
  const known = handshakes.answerTo(question);
  if (known !== undefined) {
    if (known.done === null) sayAnswer(node, path, known, bytes, now);
    return;
  }
  const own = handshakes.attemptOn(path);
  if (own !== undefined) own.crossed = true;
  if (own !== undefined && path.firstsSent > 0 && goesFirst(own, message, now)) return node.drop("handshake-crossed", path.endpoint);
  const proves = path.kind === "tcp" || (cookie !== undefined && isCookieOf(node, question, cookie, now));
  if (!proves && !handshakes.takeFree(path.network, now)) return demandCookie(node, path, index, question, now);
  if (!handshakes.take(path.network, now)) return node.drop("handshake-busy", path.endpoint);
  answer(node, path, { index, suites, question, message, bytes }, now);
}

/**
 * Both began, and ours left, for which there may have been no credit: the smaller ephemeral key stays the initiator. Its owner answers all the same when nothing came of that for
 * CROSSED_MS, since perhaps only the other direction works. The other end answers, and lets its own go on until the third
 * message comes: what it answers may be forged.
 */
function goesFirst(own: Attempt, message: Uint8Array, now: Instant): boolean {
  return own.answered === null && now - own.startedAt < CROSSED_MS && !isBefore(message, fromBase64(own.first));
}

function answer(
  node: NodeState,
  path: Path,
  asked: { index: number; suites: readonly number[]; question: string; message: Uint8Array; bytes: number },
  now: Instant,
): void {
  const { config, link } = node;
  const { index: remoteIndex, question } = asked;
  if (link === null) return;
  const ephemeral = config.crypto.x25519KeyPair(config.random(32));
  const noise = new NoiseXX(config.crypto, "responder", prologueOf(asked.suites, remoteIndex), link.key, ephemeral);
  if (noise.read(asked.message) === null) return node.drop("bad-handshake", path.endpoint);
  const index = newIndex(node);
  const second = base64(noise.write(link.credentials(index, node.timestamp(now))));
  const answered: Answer = { path, index, remoteIndex, question, noise, second, at: now, done: null };
  node.handshakes.addAnswer(answered);
  sayAnswer(node, path, answered, asked.bytes, now);
}

/** Never with more bytes than asked for it, not even to who is exempt from the credit: the question may be forged in its name. */
function sayAnswer(node: NodeState, path: Path, { remoteIndex: to, second: n }: Answer, askedBytes: number, now: Instant): void {
  const isLonger = encode("CERTIFICATE", laterOf({ to, n })).length > askedBytes;
  if (isLonger || !sayLater(node, path, { to, n }, now)) node.drop("no-credit", path.endpoint);
}

/** The third message, at the end that answered: the other has proved itself, and so has its address. */
function onThird(node: NodeState, path: Path, answered: Answer, message: Uint8Array, now: Instant): void {
  if (!isSameWay(path, answered.path)) return node.drop("handshake-stray", path.endpoint);
  if (answered.done !== null) return showKeys(node, answered.done.session, answered.done.epoch, path, now); // our first frame was lost
  const payload = answered.noise.read(message);
  const shown = payload === null ? null : decodeCredentials(payload);
  if (shown === null || shown.index !== answered.remoteIndex) return node.drop("bad-handshake", path.endpoint);
  const proven = judge(node, path, shown, answered.noise.remoteStatic, path.route === null ? null : path.endpoint, now);
  if (typeof proven === "string") return refuse(node, path, proven);
  const newer = overtaking(node, proven.nodeId, answered.at);
  if (newer !== null) {
    const isKnown = path.peer === newer.peer || newer.candidates.some((each) => isSameWay(each, path));
    if (!isKnown) offerPath(node, newer, candidateAt(path), now);
    return node.drop("handshake-stray", path.endpoint);
  }
  const epoch = epochOf("responder", answered.index, shown.index, answered.noise, now);
  const session = establish(node, path, proven, { epoch, clock: shown.clock, answeredMs: now - answered.at }, now);
  answered.done = { session, epoch };
  showKeys(node, answered.done.session, epoch, path, now);
  const own = node.handshakes.attemptOn(path);
  if (own?.answered === null) node.handshakes.removeAttempt(own);
}

/**
 * The session with keys that both ends are known to have and that are newer than this handshake: what was said in that was held
 * back, and its end may be gone. Or the two met over two ways at once; so this one is asked under those keys.
 * @param at - when the handshake began here
 */
function overtaking(node: NodeState, nodeId: string, at: Instant): Session | null {
  const session = node.sessions.of(nodeId);
  return session?.epochs.some((epoch) => epoch.confirmed && epoch.bornAt > at) ? session : null;
}

/** Under load an address must first show that it receives what we send; nothing is remembered of it until then. */
function demandCookie(node: NodeState, path: Path, to: number, question: string, now: Instant): void {
  node.drop("handshake-cookie", path.endpoint);
  sayLater(node, path, { to, retry: cookieFor(node, question, now) }, now);
}

// ---- both ends ----

/** CERTIFICATE with a handshake in it: the second or third message, or a demand for a cookie. */
export function onLater(node: NodeState, path: Path, ptp: Later, now: Instant): void {
  const attempt = ptp.to === undefined ? undefined : node.handshakes.attempt(ptp.to);
  const answered = ptp.to === undefined ? undefined : node.handshakes.answer(ptp.to);
  if (ptp.retry !== undefined && attempt !== undefined) return onRetry(node, path, attempt, ptp.retry, now);
  if (ptp.n === undefined || (attempt ?? answered) === undefined) return node.drop("handshake-stray", path.endpoint);
  const message = fromBase64(ptp.n);
  if (attempt !== undefined) onSecond(node, path, attempt, message, now);
  else if (answered !== undefined) onThird(node, path, answered, message, now);
}

function sayLater(node: NodeState, path: Path, ptp: Omit<Later, "v">, now: Instant): boolean {
  return transmitPlain(node, path, "CERTIFICATE", laterOf(ptp), now);
}

function laterOf(ptp: Omit<Later, "v">): BodyOf<"CERTIFICATE"> {
  return { ptp: { v: VERSION, ...ptp } };
}

/** Who it is, if we want to talk to it; else why not. */
function judge(
  node: NodeState,
  path: Path,
  shown: Credentials,
  linkKey: Uint8Array | null,
  expects: string | null,
  now: Instant,
): Proven | HandshakeRefusal {
  const { config } = node;
  const facts = config.certificates.read(shown.certificate);
  if (facts === null || linkKey === null) return "bad-certificate";
  if (!isLinkSigned(config.crypto, shown, linkKey, facts.publicKey)) return "bad-certificate";
  if (config.certificates.pinned && facts.issued !== "ca") return "not-certified";
  if (!isInTime(shown, facts, node.timestamp(now))) return "certificate-expired";
  const nodeId = base32(facts.publicKey);
  if (nodeId === node.nodeId) return "self";
  if (expects !== null && nodeId !== expects) return "wrong-node";
  if (!mayUse(node, nodeId, path)) return "path-policy";
  return { nodeId, publicKey: facts.publicKey, linkKey: base64(linkKey), facts, rendezvous: shown.rendezvous };
}

function isInTime({ notAfter }: Credentials, facts: CertificateFacts, clock: number): boolean {
  if (notAfter < clock - CLOCK_SLACK_MS || notAfter > clock + LINK_KEPT_MS + CLOCK_SLACK_MS) return false;
  return facts.notBefore <= clock + CLOCK_SLACK_MS && facts.notAfter >= clock - CLOCK_SLACK_MS;
}

function refuse(node: NodeState, path: Path, reason: HandshakeRefusal, end: (reason: HandshakeRefusal) => void = () => {}): void {
  node.drop(reason, path.endpoint);
  const isOurs = path.keep !== null; // a contact that calls us where it may not is no news
  if (path.keep !== "lan" && (isOurs || reason !== "path-policy")) node.emit({ type: "session-refused", endpoint: path.endpoint, reason });
  end(reason);
}

function epochOf(role: Epoch["role"], index: number, remoteIndex: number, noise: NoiseXX, now: Instant): Epoch {
  return { role, index, remoteIndex, ...noise.finish(), bornAt: now, confirmed: role === "responder", usedSince: null, heardAt: now };
}

/** `ptpchat/1`, a space, the suites offered, a space, the initiator's index: what goes in the clear and must not be changed. */
function prologueOf(suites: readonly number[], index: number): Uint8Array {
  return encoder.encode(`ptpchat/${VERSION} ${suites.join(",")} ${index}`);
}

/** Names a session's keys in the frames that come to us; unpredictable, so that frames cannot be aimed blindly. */
function newIndex(node: NodeState): number {
  for (;;) {
    const [a = 0, b = 0, c = 0, d = 0] = node.config.random(4);
    const index = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (!node.handshakes.has(index) && node.sessions.at(index) === undefined) return index;
  }
}
