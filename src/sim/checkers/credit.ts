/**
 * Byte credit, as somebody on the wire can check it: to an address that has not proved that it receives what a node
 * sends, no more bytes go than came from it, but for the two named allowances. PROTOCOL.md §6.
 *
 * For each host and address, with everything since the host's last start:
 * 1. what is neither allowed for nor paid by another: out <= in;
 * 2. with ROUTING, CHANNEL, MESSAGE and CERTIFICATE added: out <= in + 8 KiB and 1 KiB/s for each endpoint there that
 *    has kept a HELLO rhythm for 10 s;
 * 3. a HELLO to an endpoint that a CONNECT named in the last 5 s: at most three, and not counted; where CONNECT may have
 *    come inside a session, three from each socket that was opened for a punch;
 * 4. a leg of CONNECT or a RELAY that is passed on is counted to whom it came from;
 * 5. frames, the messages of a handshake, and CONNECT from a node with sessions are free to an endpoint that has answered
 *    something which reached it: a path of a session can only be proved so. Before that handshakes and CONNECT are counted
 *    as in 1, and all frames of a host together may be 16 KiB and 16 KiB/s: the challenges to new addresses. Not counted are
 *    1,024 of 40 bytes to one address within 30 s: guesses at a port of a member of the same channel (§11.9).
 */
import { type Command, MAIN_SOCKET, type SocketId } from "../../core/index.ts";
import {
  decodeHead,
  type Endpoint,
  ipOf,
  isFrame,
  type Message,
  networkOf,
  parseEndpoint,
  parseIp,
  type VerbName,
} from "../../wire/index.ts";
import type { Datagram, Note } from "../world.ts";
import { type Checker, isHandshake, messageIn } from "./checker.ts";
import { RoundTrips } from "./round-trips.ts";

const RHYTHM_MS = 10_000;
const BURST_BYTES = 8_192;
const BYTES_PER_SECOND = 1_024;
const PROBES_MAX = 3;
/** A frame with one challenge; so many may go to one address within that time. */
const GUESS_BYTES = 40;
const GUESSES_MAX = 1_024;
const GUESSES_MS = 30_000;
/** Of frames to addresses that have proved nothing: per second over all, and at once. */
const CHALLENGE_BYTES = 16_384;
/** A punch lasts 5 s, and begins at most so long after the CONNECT that named its target. */
const PUNCH_MS = 5_500;
/** What the step 3 and step 4 of a CONNECT, or a RELAY, may be longer than what came (the punch allowance pays). */
const GROWTH_MAX = 96;
const WITH_ALLOWANCE: ReadonlySet<string> = new Set(["ROUTING", "CHANNEL", "MESSAGE", "CERTIFICATE"]);

interface Account {
  in: number;
  /** Paid by nothing but `in`. */
  strict: number;
  /** Of the verbs that the rhythm allowance helps with. */
  allowed: number;
  /** When each endpoint's HELLO rhythm began. */
  readonly rhythms: Map<string, number>;
}

interface Ledger {
  readonly accounts: Map<string, Account>;
  /** The same accounts, found without taking the address apart. */
  readonly byEndpoint: Map<Endpoint, Account>;
  /** Endpoints that proved themselves or that the user named; kept over a restart, as the store keeps them. */
  readonly proven: Set<Endpoint>;
  readonly named: Set<string>;
  /** Cookies that went out, with where they went. */
  readonly cookies: Map<string, Endpoint>;
  /** What was sent in a step 2, with to whom. */
  readonly offered: Map<string, Endpoint>;
  readonly probes: Map<Endpoint, { at: number; left: number }>;
  /** What came last, if it is to be passed on. */
  passing: { at: number; verb: VerbName; from: Endpoint; bytes: number } | null;
  /** When a frame came, if that was the last: what is passed on then came in it, and is paid inside the session. */
  frameAt: number;
  /** Probes left of each socket besides the listening one; null for a host that holds no sessions. */
  bySocket: Map<SocketId, number> | null;
  startedAt: number;
  /** Bytes of frames to endpoints that have not answered. */
  unproved: number;
  /** Guesses at ports of one address, and since when they are counted. */
  guesses: Map<string, { since: number; count: number }>;
}

export class CreditChecker implements Checker {
  readonly violations: string[] = [];
  readonly #ledgers = new Map<string, Ledger>();
  readonly #trips = new RoundTrips();

  watch(note: Note): void {
    if (note.kind === "started") this.#started(note);
    else if (note.kind === "command") for (const endpoint of namedIn(note.command)) this.#ledger(note.host).named.add(endpoint);
    else if (note.kind === "swallowed") this.#trips.swallowed(note.datagram);
    else if (note.kind === "arrived") this.#arrived(note.host, note.datagram, note.at);
    else if (note.kind === "sent" && note.host !== "forged") this.#sent(note.host, note.socket, note.datagram, note.at);
  }

  #started({ host, peers, nodeId, at }: Note & { kind: "started" }): void {
    const ledger = this.#ledger(host);
    ledger.accounts.clear();
    ledger.byEndpoint.clear();
    this.#trips.forget(host);
    ledger.bySocket = nodeId === null ? null : new Map();
    ledger.startedAt = at;
    ledger.unproved = 0;
    ledger.guesses.clear();
    for (const peer of peers) ledger.named.add(peer);
  }

  #arrived(host: string, datagram: Datagram, at: number): void {
    const ledger = this.#ledger(host);
    const from = datagram.from;
    this.#trips.arrived(host, datagram);
    const bytes = datagram.bytes.length;
    const message = messageIn(datagram);
    const account = accountOf(ledger, from);
    account.in += bytes;
    ledger.passing = null;
    ledger.frameAt = isFrame(datagram.bytes) ? at : Number.NEGATIVE_INFINITY;
    if (message === null) return;
    const hello = helloFrom(from, message);
    if (hello !== null && !account.rhythms.has(hello)) account.rhythms.set(hello, at);
    if (message.verb === "JOIN" && message.body.ptp?.cookie !== undefined && ledger.cookies.get(message.body.ptp.cookie) === from)
      ledger.proven.add(from);
    if (message.verb === "RELAY" && message.body.src === undefined) ledger.passing = { at, verb: "RELAY", from, bytes };
    if (message.verb === "CONNECT") this.#connectArrived(ledger, from, message.body, bytes, at);
  }

  #connectArrived(ledger: Ledger, from: Endpoint, body: { dst: string; src: string | number }, bytes: number, at: number): void {
    const target = parseEndpoint(body.dst);
    const isOwnPort = typeof body.src === "number" || /^\d+$/.test(body.src);
    if (isOwnPort) {
      ledger.passing = { at, verb: "CONNECT", from, bytes };
      const far = ledger.offered.get(body.dst);
      if (far !== undefined && ipOf(far) === ipOf(from)) ledger.proven.add(far);
    } else if (target !== null && ledger.probes.get(target)?.at !== at) ledger.probes.set(target, { at, left: PROBES_MAX });
  }

  #sent(host: string, socket: SocketId, datagram: Datagram, at: number): void {
    const to = datagram.to;
    const bytes = datagram.bytes.length;
    const ledger = this.#ledger(host);
    this.#trips.sent(host, datagram);
    if (isFrame(datagram.bytes)) return this.#frameSent(host, ledger, to, bytes, at);
    const message = messageIn(datagram);
    if (message === null) {
      this.violations.push(`${host} sent something that is no message to ${to} at ${at} ms`);
      return;
    }
    if (message.verb === "CHANNEL" && message.body.ptp?.cookie !== undefined) ledger.cookies.set(message.body.ptp.cookie, to);
    const passing = takePassing(ledger, message, at);
    if (passing !== null) {
      if (message.verb === "CONNECT") ledger.offered.set(message.body.dst, to);
      this.#charge(host, ledger, passing.from, "RELAY", Math.min(bytes, passing.bytes), at);
      if (bytes > passing.bytes + GROWTH_MAX) this.violations.push(`${host} passed on a ${message.verb} ${bytes} bytes long at ${at} ms`);
      return;
    }
    const isPaidInside = isPassedOn(message) && ledger.frameAt === at;
    const isProbe = message.verb === "HELLO" && takeProbe(ledger, socket, to, at);
    const isProved = goesToSessions(ledger, message) && this.#trips.has(host, to);
    if (!isPaidInside && !isProbe && !isProved)
      this.#charge(host, ledger, to, isHandshake(message) ? "handshake" : verbFor(message), bytes, at);
  }

  #charge(host: string, ledger: Ledger, to: Endpoint, what: VerbName | "handshake", bytes: number, at: number): void {
    if (isNamed(ledger, to)) return;
    const account = accountOf(ledger, to);
    if (WITH_ALLOWANCE.has(what)) account.allowed += bytes;
    else account.strict += bytes;
    if (account.strict > account.in) {
      this.violations.push(
        `${host} sent ${account.strict} bytes to ${ipOf(to)}, which had sent ${account.in}; the last a ${what} at ${at} ms`,
      );
    } else if (account.strict + account.allowed > account.in + allowanceOf(account, at)) {
      this.violations.push(`${host} went beyond the allowance of ${ipOf(to)} with a ${what} at ${at} ms`);
    }
  }

  #frameSent(host: string, ledger: Ledger, to: Endpoint, bytes: number, at: number): void {
    if (isNamed(ledger, to) || this.#trips.has(host, to)) return;
    if (bytes <= GUESS_BYTES && takeGuess(ledger, ipOf(to), at)) return;
    ledger.unproved += bytes;
    const most = CHALLENGE_BYTES * (1 + (at - ledger.startedAt) / 1_000);
    if (ledger.unproved > most)
      this.violations.push(`${host} sent ${ledger.unproved} bytes of frames to places that had proved nothing, the last at ${at} ms`);
  }

  #ledger(host: string): Ledger {
    let ledger = this.#ledgers.get(host);
    if (ledger === undefined) {
      ledger = newLedger();
      this.#ledgers.set(host, ledger);
    }
    return ledger;
  }
}

/** The user named it, or it has proved itself. */
function isNamed(ledger: Ledger, to: Endpoint): boolean {
  return ledger.proven.has(to) || ledger.named.has(to) || ledger.named.has(ipOf(to));
}

function newLedger(): Ledger {
  return {
    accounts: new Map(),
    byEndpoint: new Map(),
    proven: new Set(),
    named: new Set(),
    cookies: new Map(),
    offered: new Map(),
    probes: new Map(),
    passing: null,
    frameAt: Number.NEGATIVE_INFINITY,
    bySocket: null,
    startedAt: 0,
    unproved: 0,
    guesses: new Map(),
  };
}

/** Who said HELLO: an endpoint, or somebody behind it as a relay; null when it is no HELLO. */
function helloFrom(from: Endpoint, message: Message): string | null {
  if (message.verb === "HELLO") return from;
  if (message.verb !== "RELAY" || message.body.src === undefined) return null;
  return verbFor(message) === "HELLO" ? `${message.body.src} over ${from}` : null;
}

/** What a datagram is for: in a RELAY the message that it carries. */
function verbFor(message: Message): VerbName {
  if (message.verb !== "RELAY") return message.verb;
  const carried = decodeHead(message.body.message);
  return carried.ok ? carried.message.verb : "RELAY";
}

function accountOf(ledger: Ledger, of: Endpoint): Account {
  const known = ledger.byEndpoint.get(of);
  if (known !== undefined) return known;
  const network = networkOf(ipOf(of));
  const account = ledger.accounts.get(network) ?? { in: 0, strict: 0, allowed: 0, rhythms: new Map() };
  ledger.accounts.set(network, account);
  ledger.byEndpoint.set(of, account);
  return account;
}

function allowanceOf(account: Account, at: number): number {
  let bytes = 0;
  for (const since of account.rhythms.values())
    if (at - since >= RHYTHM_MS) bytes += BURST_BYTES + ((at - since) / 1_000) * BYTES_PER_SECOND;
  return bytes;
}

/** What `message` passes on, if it does: a RELAY with its source written in, a leg of CONNECT in the instant of the one before. */
function takePassing(ledger: Ledger, message: Message, at: number): Ledger["passing"] {
  const passing = ledger.passing;
  if (passing === null || passing.at !== at || passing.verb !== message.verb || !isPassedOn(message)) return null;
  ledger.passing = null;
  return passing;
}

/** A RELAY whose source is written in; a leg of CONNECT from S, whose near party is an address. */
function isPassedOn(message: Message): boolean {
  if (message.verb === "CONNECT") return parseEndpoint(String(message.body.src)) !== null || parseIp(String(message.body.src)) !== null;
  return message.verb === "RELAY" && message.body.src !== undefined;
}

/** What may go where a session is, and in the clear. */
function goesToSessions(ledger: Ledger, message: Message): boolean {
  return isHandshake(message) || (message.verb === "CONNECT" && ledger.bySocket !== null);
}

function takeProbe(ledger: Ledger, socket: SocketId, to: Endpoint, at: number): boolean {
  const probes = ledger.probes.get(to);
  if (probes !== undefined && probes.left > 0 && at - probes.at <= PUNCH_MS) {
    probes.left--;
    return true;
  }
  const left = ledger.bySocket?.get(socket) ?? PROBES_MAX;
  if (ledger.bySocket === null || socket === MAIN_SOCKET || left === 0) return false;
  ledger.bySocket.set(socket, left - 1);
  return true;
}

function takeGuess(ledger: Ledger, ip: string, at: number): boolean {
  let guesses = ledger.guesses.get(ip);
  if (guesses === undefined || at - guesses.since > GUESSES_MS) {
    guesses = { since: at, count: 0 };
    ledger.guesses.set(ip, guesses);
  }
  return ++guesses.count <= GUESSES_MAX;
}

/** Endpoints and addresses that the user named in a command. */
function namedIn(command: Command): string[] {
  switch (command.kind) {
    case "join":
      return [...command.at];
    case "connect":
      return command.via === null ? [command.to] : [command.to, command.via];
    case "ask-certificate":
    case "ask-key":
      return [command.of];
    case "give-key":
      return [command.to];
    default:
      return [];
  }
}
