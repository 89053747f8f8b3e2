import { describe, expect, it } from "vitest";
import type { MemberView, NodeEvent, PeerView } from "../../src/core/index.ts";
import {
  AcksChecker,
  CreditChecker,
  checkConfiguredPeers,
  checkMembers,
  checkShown,
  Meetings,
  type Note,
  PostsChecker,
  WhoIsWho,
} from "../../src/sim/index.ts";
import { type BodyOf, type Endpoint, encode, type Guid, parseEndpoint, type VerbName } from "../../src/wire/index.ts";

const CHANNEL = "7b0e6f2c-3e6b-4b47-9d0d-0f7c5a1b2c3d" as Guid;
const NODE = at("198.18.0.1:7667");
const PEER = at("198.18.0.2:7667");
const RELAY = at("198.18.0.3:7667");
const OTHER = at("198.18.0.4:7667");

function at(text: string): Endpoint {
  return parseEndpoint(text) as Endpoint;
}

let datagrams = 0;

function arrived<Name extends VerbName>(from: Endpoint, verb: Name, body?: BodyOf<Name>, instant = 0): Note {
  const datagram = { number: ++datagrams, origin: from, from, to: NODE, bytes: encode(verb, body) };
  return { kind: "arrived", at: instant, host: "N", socket: 0, datagram };
}

function sent<Name extends VerbName>(to: Endpoint, verb: Name, body?: BodyOf<Name>, instant = 0): Note {
  const datagram = { number: ++datagrams, origin: "N", from: NODE, to, bytes: encode(verb, body) };
  return { kind: "sent", at: instant, host: "N", socket: 0, datagram };
}

function event(host: string, what: NodeEvent): Note {
  return { kind: "event", at: 0, host, event: what };
}

function post(id: string, text: string, own: boolean): NodeEvent {
  return { type: "post", id, channelId: CHANNEL, author: "x", own, at: 0, text, verified: false, kept: true };
}

function state(id: string, of: "saved" | "delivered", acked: number): NodeEvent {
  return { type: "post-state", id, ref: id, channelId: CHANNEL, state: of, acked, of: acked };
}

/** The violations after these notes. */
function violationsAfter(checker: AcksChecker | CreditChecker | PostsChecker, notes: readonly Note[]): readonly string[] {
  for (const note of notes) checker.watch(note);
  return checker.violations;
}

const message = { channel_id: CHANNEL, message: "hello" };
const hello = arrived(PEER, "HELLO");

describe("the ACK checker", () => {
  it("accepts one ACK for each copy, back to where it came from, over a relay too", () => {
    const relayed = { dst: NODE, src: PEER, message: { msg_type: "MESSAGE", msg_data: message } };
    const answer = { dst: PEER, message: { msg_type: "ACK" } };
    const notes = [arrived(PEER, "MESSAGE", message), arrived(PEER, "MESSAGE", message), sent(PEER, "ACK"), sent(PEER, "ACK")];
    expect(violationsAfter(new AcksChecker(), [...notes, arrived(RELAY, "RELAY", relayed), sent(RELAY, "RELAY", answer)])).toEqual([]);
  });
  it.each(["HELLO", "ACK"] as const)("finds an ACK for a %s", (verb) => {
    expect(violationsAfter(new AcksChecker(), [arrived(PEER, verb), sent(PEER, "ACK")])).toHaveLength(1);
  });
  it("finds an ACK for a JOIN", () => {
    expect(violationsAfter(new AcksChecker(), [arrived(PEER, "JOIN", { channel_id: CHANNEL }), sent(PEER, "ACK")])).toHaveLength(1);
  });
  it("finds a second ACK for one copy", () => {
    expect(violationsAfter(new AcksChecker(), [arrived(PEER, "MESSAGE", message), sent(PEER, "ACK"), sent(PEER, "ACK")])).toHaveLength(1);
  });
  it("finds an ACK that goes elsewhere", () => {
    expect(violationsAfter(new AcksChecker(), [arrived(PEER, "MESSAGE", message), sent(OTHER, "ACK")])).toHaveLength(1);
  });
});

describe("the post checker", () => {
  const written = [event("A", post("1", "hello", true)), event("A", state("1", "saved", 0))];

  it("accepts a post that was shown by as many as acknowledged it", () => {
    const checker = new PostsChecker(new Meetings());
    expect(violationsAfter(checker, [...written, event("B", post("9", "hello", false)), event("A", state("1", "delivered", 1))])).toEqual(
      [],
    );
    checker.checkDisks(new Map([["A", new Set(["1"])]]));
    expect(checker.violations).toEqual([]);
    expect(checker.savedPosts()).toEqual([{ id: "1", author: "A", text: "hello", delivered: true }]);
  });
  it("finds a post reported delivered that nobody showed", () => {
    expect(violationsAfter(new PostsChecker(new Meetings()), [...written, event("A", state("1", "delivered", 1))])).toHaveLength(1);
  });
  it("finds a post shown twice, but not once before and once after a crash", () => {
    const shown = event("B", post("9", "hello", false));
    const started: Note = { kind: "started", at: 0, host: "B", peers: [], nodeId: null };
    expect(violationsAfter(new PostsChecker(new Meetings()), [...written, shown, shown])).toHaveLength(1);
    expect(violationsAfter(new PostsChecker(new Meetings()), [...written, shown, started, shown])).toEqual([]);
  });
  it("lets a host that its NAT renamed show a post once for each name", () => {
    const shown = event("B", post("9", "hello", false));
    expect(violationsAfter(new PostsChecker(new Meetings()), [...written, { kind: "renamed", at: 0, host: "B" }, shown, shown])).toEqual(
      [],
    );
  });
  it("finds a saved post that is not on the disk", () => {
    const checker = new PostsChecker(new Meetings());
    violationsAfter(checker, written);
    checker.checkDisks(new Map([["A", new Set<string>()]]));
    expect(checker.violations).toHaveLength(1);
  });
  it("finds the state of a post that was never written", () => {
    expect(violationsAfter(new PostsChecker(new Meetings()), [event("A", state("2", "saved", 0))])).toHaveLength(1);
  });
});

describe("the credit checker", () => {
  const cookie = "aabbccddeeff001122334455";
  const long = { channel_id: CHANNEL, message: "x".repeat(200) };

  it("accepts as many bytes as came", () => {
    expect(violationsAfter(new CreditChecker(), [hello, sent(PEER, "HELLO")])).toEqual([]);
  });
  it("finds a byte more", () => {
    expect(violationsAfter(new CreditChecker(), [hello, sent(PEER, "HELLO"), sent(PEER, "ACK")])).toHaveLength(1);
    expect(violationsAfter(new CreditChecker(), [sent(PEER, "HELLO")])).toHaveLength(1);
  });
  it("counts all ports of one address together", () => {
    expect(violationsAfter(new CreditChecker(), [hello, sent(at("198.18.0.2:9999"), "HELLO"), sent(PEER, "HELLO")])).toHaveLength(1);
  });
  it("begins anew when the host does", () => {
    const started: Note = { kind: "started", at: 0, host: "N", peers: [], nodeId: null };
    expect(violationsAfter(new CreditChecker(), [hello, started, sent(PEER, "HELLO")])).toHaveLength(1);
  });
  it("lets configured and named endpoints have what they need", () => {
    const started: Note = { kind: "started", at: 0, host: "N", peers: [PEER], nodeId: null };
    const named: Note = { kind: "command", at: 0, host: "N", command: { kind: "join", channelId: CHANNEL, name: "", at: [OTHER] } };
    expect(violationsAfter(new CreditChecker(), [started, named, sent(PEER, "HELLO"), sent(OTHER, "HELLO")])).toEqual([]);
  });
  it("takes a cookie that comes back from where it went as proof, and no other", () => {
    const announce = sent(PEER, "CHANNEL", { channel_id: CHANNEL, channel: "x", members: [], ptp: { cookie } });
    const join = (from: Endpoint, of: string) => arrived(from, "JOIN", { channel_id: CHANNEL, ptp: { cookie: of } });
    const paid = arrived(PEER, "MESSAGE", long);
    const more = [1, 2, 3, 4].map(() => sent(PEER, "MESSAGE", long));
    expect(violationsAfter(new CreditChecker(), [paid, announce, join(PEER, cookie), ...more])).toEqual([]);
    expect(violationsAfter(new CreditChecker(), [paid, announce, join(PEER, "000000000000000000000000"), ...more]).length).toBeGreaterThan(
      0,
    );
    expect(violationsAfter(new CreditChecker(), [paid, announce, join(OTHER, cookie), ...more]).length).toBeGreaterThan(0);
  });
  it("allows announcements to who kept a HELLO rhythm for ten seconds, and only so many", () => {
    const announce = (instant: number) => sent(PEER, "CHANNEL", { channel_id: CHANNEL, channel: "x", members: [] }, instant);
    expect(violationsAfter(new CreditChecker(), [hello, announce(9_000)])).toHaveLength(1);
    expect(violationsAfter(new CreditChecker(), [hello, announce(10_000)])).toEqual([]);
    const flood = Array.from({ length: 400 }, () => announce(10_000));
    expect(violationsAfter(new CreditChecker(), [hello, ...flood]).length).toBeGreaterThan(0);
  });
  it("allows three probes of a punch, and not a fourth or one too late", () => {
    const offer = arrived(PEER, "CONNECT", { dst: OTHER, src: "198.18.0.1" });
    const probe = (instant: number) => sent(OTHER, "HELLO", undefined, instant);
    expect(violationsAfter(new CreditChecker(), [offer, probe(0), probe(500), probe(1_000)])).toEqual([]);
    expect(violationsAfter(new CreditChecker(), [offer, probe(0), probe(500), probe(1_000), probe(1_500)])).toHaveLength(1);
    expect(violationsAfter(new CreditChecker(), [offer, probe(9_000)])).toHaveLength(1);
  });
  it("charges what is passed on to whom it came from, and to nobody what grew too much", () => {
    const asked = arrived(PEER, "RELAY", { dst: OTHER, message: { msg_type: "HELLO" } }, 5);
    const passed = sent(OTHER, "RELAY", { dst: OTHER, src: PEER, message: { msg_type: "HELLO" } }, 5);
    const swollen = sent(OTHER, "RELAY", { dst: OTHER, src: PEER, message: { msg_type: "HELLO", msg_data: { x: "y".repeat(500) } } }, 5);
    expect(violationsAfter(new CreditChecker(), [asked, passed])).toEqual([]);
    expect(violationsAfter(new CreditChecker(), [asked, passed, sent(PEER, "HELLO")])).toHaveLength(1);
    expect(violationsAfter(new CreditChecker(), [asked, swollen])).toHaveLength(1);
    expect(violationsAfter(new CreditChecker(), [passed])).toHaveLength(1);
  });
});

describe("the checks after the calm", () => {
  const peer = (endpoint: Endpoint, live: boolean): PeerView => ({
    id: endpoint,
    kind: "bare",
    endpoint,
    path: "direct",
    hops: 1,
    reason: null,
    via: null,
    configured: true,
    found: "configured",
    proven: true,
    live,
    heardMsAgo: 0,
    nodeId: null,
    nick: null,
    rttMs: null,
  });
  const member = (endpoint: Endpoint, away = false): MemberView => ({
    role: null,
    banned: false,
    forked: false,
    endpoint,
    nodeId: null,
    nick: null,
    state: away ? "away" : "live",
    via: null,
    heardMsAgo: 0,
  });

  it("find a configured peer that is not heard", () => {
    expect(checkConfiguredPeers("A", [PEER, OTHER], [peer(PEER, true), peer(OTHER, true)])).toEqual([]);
    expect(checkConfiguredPeers("A", [PEER, OTHER], [peer(PEER, true), peer(OTHER, false)])).toHaveLength(1);
    expect(checkConfiguredPeers("A", [PEER], [])).toHaveLength(1);
  });

  it("find members that are missing, doubled, away or strange", () => {
    const who = new WhoIsWho();
    for (const [name, endpoint] of [
      ["A", PEER],
      ["B", OTHER],
      ["C", RELAY],
    ] as const) {
      who.watch({
        kind: "arrived",
        at: 0,
        host: "S",
        socket: 0,
        datagram: { number: 0, origin: name, from: endpoint, to: NODE, bytes: new Uint8Array() },
      });
    }
    const lists = (ofA: MemberView[]) =>
      new Map([
        ["A", ofA],
        ["B", [member(PEER)]],
      ]);
    expect(checkMembers(lists([member(OTHER)]), who)).toEqual([]);
    expect(checkMembers(lists([]), who)).toHaveLength(1);
    expect(checkMembers(lists([member(OTHER, true)]), who)).toHaveLength(1);
    expect(checkMembers(lists([member(OTHER), member(OTHER)]), who)).toHaveLength(1);
    expect(checkMembers(lists([member(OTHER), member(RELAY)]), who)).toHaveLength(1);
    expect(checkMembers(lists([member(OTHER), member(PEER)]), who)).toHaveLength(1);
    expect(checkMembers(lists([member(OTHER), member(OTHER)]), who, () => 2)).toEqual([]);
  });

  it("find a text of the calm that somebody never showed", () => {
    const showed = (by: string[]) => () => new Set(by);
    expect(checkShown(new Map([["hello", "A"]]), ["A", "B", "C"], showed(["B", "C"]))).toEqual([]);
    expect(checkShown(new Map([["hello", "A"]]), ["A", "B", "C"], showed(["B"]))).toHaveLength(1);
  });
});
