/** A node that answers from a script, for the tests of the faces. */

import {
  type Api,
  ApiError,
  type Contact,
  type Diagnosis,
  type Entry,
  type FileView,
  type NamedChannel,
  type NamedInvite,
  type NamedMember,
  type NamedPeer,
  type Status,
} from "../../src/app/api.ts";
import type { RepairReport } from "../../src/app/repair.ts";
import { archives } from "../../src/bin/archives.ts";
import type { Door, Doors, KeyDoor, NodeEvent, PassphraseWays, StartOptions } from "../../src/faces/shared/door.ts";

export const LOBBY = "11111111-2222-8333-8444-555555555555";
const OTHER = "0".repeat(52);
export const BOB = "0BRW0AE6YWEA3QPNTDMSMERPAXTX0A0VFPPYERY67MMN1EDQBCWG";
export const SAFETY_NUMBER = "84762 33395 56913 51433 40729 06344 37959 85002 55723 23854 59839 12411";
export const ID = "0123456789abcdef0123456789abcdef";
/** Of an event that does something to a post. */
export const DID = "fedcba9876543210".repeat(4);

export const STATUS: Status = {
  version: "0.1.0",
  nodeId: "node-id",
  name: "ada",
  shownAs: "ada~3F2A",
  role: "node",
  udp: "127.0.0.1:7667",
  mapped: [],
  tcp: { on: true, local: "127.0.0.1:7667" as never, fault: null, connections: 0, proxy: null },
  home: "/home/ada",
  socket: "/home/ada/ptpchat.sock",
  keyProtection: "os-user",
  pid: 42,
  uptimeMs: 1_000,
  peers: { live: 1, known: 2, unresolved: [] },
  sessions: 1,
  channels: 1,
  warnings: [],
  store: { state: "ok", code: null },
  counters: {
    datagramsIn: 3,
    datagramsOut: 4,
    bytesIn: 30,
    tcpIn: 0,
    tcpOut: 0,
    bytesOut: 40,
    received: { HELLO: 3 },
    sent: { HELLO: 4 },
    dropped: { "stray-ack": 1 },
  },
  socketErrors: { EPERM: 1 },
  memory: { residentBytes: 50_000_000 },
};

export const REPAIRED: RepairReport = {
  damaged: true,
  pages: 70,
  damagedPages: 2,
  events: 290,
  texts: 1,
  unproved: 3,
  channels: 2,
  contacts: 1,
  lost: [{ channelId: LOBBY as never, channel: "lobby", nodeId: BOB, name: "@bob", count: 10 }],
  keptAs: "/home/ada/store.db.damaged-2026",
};

export const HEAD = {
  ptpchat_archive: 1,
  channel: "#lobby",
  channel_id: LOBBY,
  mode: "open",
  hash: null,
  by: BOB,
  exported_at: 1_700_000_000_000,
} as const;

const WAY = { path: "direct", via: null, inUse: true, live: true, proven: true, suspect: false, heardMsAgo: 900 } as const;

export const DIAGNOSIS: Diagnosis = {
  version: "0.1.0",
  platform: "linux x64, Node.js 24.0.0",
  uptimeMs: 60_000,
  role: "node",
  udp: "[::]:7667" as never,
  tcp: { on: true, local: "[::]:7667" as never, fault: null, connections: 0, proxy: null },
  families: "both",
  addresses: [
    { interface: "eth0", ip: "192.168.1.10", scope: "private" },
    { interface: "eth0", ip: "2001:db8:1:2::10", scope: "public" },
  ],
  ipv6: true,
  ipv6Seen: [],
  lifetime: null,
  nat: {
    mapping: "address-and-port-dependent",
    filtering: "address-dependent",
    keepsPort: false,
    helpers: [{ peer: BOB, endpoint: "203.0.113.10:7667" as never, seen: "203.0.113.101:1042" as never }],
    reason: null,
  },
  lan: { at: [{ name: "eth0", ip: "192.168.1.10", by: ["multicast", "mdns"] }], heard: 3, faults: {} },
  mapping: {
    gateway: "192.168.1.1" as never,
    ports: [{ transport: "udp", by: "nat-pmp", outside: "203.0.113.101:7667" as never, lifetimeS: 3_600, leftS: 3_000 }],
    reason: null,
    tried: { pcp: { reason: "gateway-refused", code: 1 } },
    failures: { "pcp gateway-refused": 3 },
    restarts: 0,
  },
  socketErrors: { ENETUNREACH: 2 },
  store: { state: "ok", code: null },
  clock: { sessions: 1, behindMs: 120_000 },
  datagrams: { in: 3, out: 4 },
  unresolved: ["chat.example.org:7667"],
  peers: [
    {
      id: BOB,
      kind: "full",
      name: "bob~0BRW",
      live: true,
      found: "configured",
      rttMs: 31,
      ways: [{ ...WAY, endpoint: "203.0.113.10:7667" as never }],
      candidates: ["198.51.100.7:4000" as never],
      trials: [
        {
          kind: "punch",
          endpoint: "198.51.100.7:4000" as never,
          via: "203.0.113.10:7667" as never,
          endedMsAgo: 5_000,
          tookMs: 5_012,
          outcome: "far-silent",
        },
      ],
    },
  ],
  vain: [{ kind: "handshake", endpoint: "198.51.100.9:7667" as never, via: null, endedMsAgo: 9_000, tookMs: 30_000, outcome: "no-answer" }],
  findings: ["unresolved-names", "clock-wrong", "nat-hard"],
};

export const FILE: FileView = { name: "photo.png", size: 2_100_000, type: "image/png", pixels: { width: 640, height: 480 }, preview: null };

const FILE_GOT = { size: FILE.size, type: FILE.type, pixels: FILE.pixels, ms: 1_500, kept: true };

export function entry(changes: Partial<Entry> = {}): Entry {
  return {
    id: ID,
    channelId: LOBBY,
    channel: "#lobby",
    author: "127.0.0.1:7002",
    authorName: "?127.0.0.1:7002",
    own: false,
    kind: "post",
    at: 1_700_000_000_000,
    text: "hi",
    verified: false,
    edited: false,
    deleted: false,
    deletedByName: null,
    reactions: [],
    replyTo: null,
    file: null,
    ahead: false,
    muted: false,
    ...changes,
  };
}

/** A bare peer, unless it is changed. */
export function peer(changes: Partial<NamedPeer> = {}): NamedPeer {
  return {
    id: "127.0.0.1:7002",
    kind: "bare",
    name: "?127.0.0.1:7002",
    contact: null,
    contactVerified: false,
    quiet: null,
    nick: null,
    rttMs: null,
    endpoint: "127.0.0.1:7002" as never,
    family: "v4",
    path: "direct",
    hops: 1,
    reason: null,
    via: null,
    viaName: null,
    configured: true,
    found: "configured",
    proven: true,
    live: true,
    heardMsAgo: 10,
    nodeId: null,
    ...changes,
  };
}

/** What makes a peer or member the node {@link BOB}, who has a session and no pet name. */
export const AS_BOB = { name: "bob~0BRW", nick: "bob", nodeId: BOB } as const;

/** A bare member that is here, unless it is changed. */
export function member(changes: Partial<NamedMember> = {}): NamedMember {
  return {
    endpoint: "127.0.0.1:7002" as never,
    nodeId: null,
    name: "?127.0.0.1:7002",
    contact: null,
    contactVerified: false,
    quiet: null,
    nick: null,
    state: "live",
    via: null,
    viaName: null,
    heardMsAgo: 10,
    role: null,
    banned: false,
    forked: false,
    ...changes,
  };
}

const GIVEN = { channelId: LOBBY, nodeId: BOB, name: "bob~0BRW", changed: true } as const;

/** A bare channel, unless it is changed. */
export function channel(changes: Partial<NamedChannel> = {}): NamedChannel {
  const owned = { genesis: null, owner: null, ownerName: null, others: null, role: null, link: null, pair: null };
  return { id: LOBBY as never, name: "lobby", mode: "bare", topic: null, members: 1, live: 1, ...owned, ...changes };
}

type Answers = { [Name in keyof Api]: Api[Name] };

export class FakeNode implements Door {
  readonly own: boolean;
  readonly calls: { readonly method: string; readonly request: unknown }[] = [];
  readonly api: Api;
  readonly ended: Promise<void>;
  closed = 0;
  #listeners = new Set<(event: NodeEvent) => void>();
  #end = () => {};

  /** @param answers - commands that answer otherwise than {@link usual} */
  constructor(answers: Partial<Answers> = {}, own = false) {
    this.own = own;
    const all = { ...usual(), ...answers };
    this.api = new Proxy(all, {
      get: (target, method: keyof Api) => (request: never) => {
        this.calls.push({ method, request });
        return (target[method] as (request: never) => Promise<unknown>)(request);
      },
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  readonly subscribe = (listener: (event: NodeEvent) => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  emit(event: NodeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  end(): void {
    this.#end();
  }

  async close(): Promise<void> {
    this.closed++;
  }

  /** What a command was asked, in order. */
  asked(method: keyof Api): unknown[] {
    return this.calls.filter((call) => call.method === method).map(({ request }) => request);
  }
}

export function contact(changes: Partial<Contact> = {}): Contact {
  return { nodeId: BOB, name: "bob", addedAt: 1_700_000_000_000, verifiedAt: null, verifiedBy: null, policy: "direct", ...changes };
}

function invite(): NamedInvite {
  return {
    id: "3f".repeat(32) as never,
    by: BOB as never,
    key: BOB as never,
    byName: "bob~0BRW",
    role: "member",
    history: false,
    until: 1_700_000_000_000,
    uses: 2,
    guests: [OTHER as never],
    guestNames: ["ada~3F2A"],
    state: "open",
  };
}

function usual(): Answers {
  return {
    status: async () => STATUS,
    id: async () => ({
      nodeId: "node-id",
      name: "ada",
      guid: LOBBY,
      fingerprint: "ab".repeat(32),
      certificate: "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
      issued: "self",
      notAfter: Date.UTC(2036, 4, 1),
      keyProtection: "os-user",
    }),
    peers: async () => [peer()],
    routes: async () => [
      { to: "127.0.0.1:7003" as never, via: "127.0.0.1:7002" as never, viaName: "?127.0.0.1:7002", nodeId: null, ageMs: 5 },
    ],
    ways: async () => [{ to: BOB, name: "bob~0BRW", hops: 3, over: [OTHER, OTHER], overNames: ["ada~3F2A", "cay~7AAA"], state: "ready" }],
    channels: async () => [channel()],
    members: async () => [member()],
    join: async () => ({ channelId: LOBBY, name: "lobby" }),
    leave: async () => ({ channelId: LOBBY }),
    send: async () => ({ id: ID, channelId: LOBBY, state: "saved", acked: 0, of: 1, bare: 0 }),
    edit: async ({ id }) => ({ id: DID, post: id, channelId: LOBBY, state: "saved", acked: 0, of: 1, bare: 0 }),
    delete: async ({ id }) => ({ id: DID, post: id, channelId: LOBBY, state: "saved", acked: 0, of: 1, bare: 0 }),
    react: async ({ id }) => ({ id: DID, post: id, channelId: LOBBY, state: "saved", acked: 0, of: 1, bare: 0 }),
    nick: async ({ name = "ada" }) => ({ name, shownAs: `${name}~3F2A`, channels: ["#lobby"] }),
    topic: async ({ text = "tea" }) => ({
      channelId: LOBBY,
      channel: "#lobby",
      text: text === "" ? null : text,
      author: text === "" ? null : BOB,
      authorName: text === "" ? null : "bob~0BRW",
    }),
    history: async () => [entry()],
    connect: async () => ({ peer: "127.0.0.1:7002", path: "punched", ms: 12.5, nodeId: null, name: "?127.0.0.1:7002", refused: null }),
    getcertificate: async () => ({ peer: "127.0.0.1:7002", certificate: "MAA=" }),
    getkey: async () => ({
      acked: true,
      keys: [{ channelId: LOBBY as never, from: "127.0.0.1:7002" as never, cipher: "none", key: "a2V5", at: 1_700_000_000_000 }],
    }),
    key: async () => ({ acked: true }),
    contacts: async () => [contact()],
    addContact: async ({ name }) => contact({ name }),
    removeContact: async ({ name }) => contact({ name: name.replace("@", ""), verifiedAt: 1_700_000_000_000, verifiedBy: "number" }),
    setContactPolicy: async ({ name, policy }) => contact({ name, policy }),
    newCode: async () => ({ code: "able-about-above-absent@chat.example.org:7667" }),
    meetContact: async ({ name }) => contact({ name, verifiedAt: 1_700_000_000_000, verifiedBy: "code" }),
    invite: async ({ role = "member", uses = 1, code = false, history = false }) => ({
      channelId: LOBBY,
      name: "garden@3f2a",
      id: "3f".repeat(32),
      link: "ptpchat:1/AAAA",
      role,
      uses,
      until: 1_700_000_000_000,
      history,
      code: code ? "able-about-above-absent" : null,
    }),
    invites: async () => [invite()],
    revokeInvite: async () => ({ ...invite(), state: "revoked" }),
    redeem: async () => ({
      channelId: LOBBY,
      name: "garden@3f2a",
      role: "member",
      history: false,
      invitedBy: BOB,
      invitedByName: "bob~0BRW",
    }),
    verify: async ({ confirm }) => ({
      nodeId: BOB,
      name: "bob",
      safetyNumber: SAFETY_NUMBER,
      verifiedAt: confirm === true ? 1_700_000_000_000 : null,
      verifiedBy: confirm === true ? "number" : null,
    }),
    search: async () => [
      {
        entry: entry({ text: "a quick fox, Quick!" }),
        marks: [
          [2, 7],
          [13, 18],
        ],
        before: [entry({ text: "before" })],
        after: [],
      },
    ],
    sendFile: async ({ path }) => ({ id: DID, channelId: LOBBY, state: "saved", ...FILE, name: path.slice(path.lastIndexOf("/") + 1) }),
    getFile: async ({ id, to }) => ({ ...FILE_GOT, id, path: `${to}/${FILE.name}` }),
    files: async () => [
      {
        ...FILE,
        id: DID,
        channelId: LOBBY,
        channel: "#lobby",
        author: BOB,
        authorName: "bob~0BRW",
        own: false,
        at: 1_700_000_000_000,
        state: "part",
        hereBytes: 1_000_000,
      },
    ],
    dropFile: async ({ id }) => ({ id, freedBytes: 2_100_000 }),
    keepFiles: async ({ keepBytes = 1_073_741_824 }) => ({ keepBytes, othersBytes: 2_100_000, ownBytes: 0 }),
    keep: async ({ channel, keep = "all" }) => ({
      channelId: channel === undefined ? null : LOBBY,
      channel: channel === undefined ? null : "#lobby",
      ...{ keep, isOwn: true, entries: 2, bytes: 900, dropped: 3, droppedUpTo: 1_700_000_000_000 },
    }),
    archive: async () => ({ head: HEAD, entries: [], next: null }),
    importMessages: async ({ messages }) => ({ channelId: LOBBY, outcomes: messages.map(() => "imported" as const) }),
    create: async ({ name }) => ({ channelId: LOBBY, name: `${name}@3f2a`, link: `${name}@${"3f2a".repeat(16)}` }),
    grant: async ({ role }) => ({ ...GIVEN, role }),
    revoke: async () => ({ ...GIVEN, role: "member" }),
    kick: async () => ({ ...GIVEN, role: "none" }),
    ban: async () => ({ ...GIVEN, role: "none" }),
    unban: async () => ({ ...GIVEN, role: "member", changed: true }),
    mute: async () => ({ nodeId: BOB, name: "bob~0BRW", quiet: "muted" }),
    unmute: async () => ({ nodeId: BOB, name: "bob~0BRW", quiet: null }),
    block: async () => ({ nodeId: BOB, name: "bob~0BRW", quiet: "blocked" }),
    unblock: async () => ({ nodeId: BOB, name: "bob~0BRW", quiet: null }),
    mailboxes: async () => ({ own: [{ nodeId: BOB, name: "@bob", keeps: true }], on: true, owners: 2, parcels: 3 }),
    useMailbox: async () => ({ nodeId: BOB, name: "@bob", keeps: null }),
    quiet: async () => [{ nodeId: BOB, name: "bob~0BRW", quiet: "muted" }],
    requests: async () => [{ nodeId: BOB, name: "bob~0BRW", at: 0 }],
    accept: async () => ({ channelId: LOBBY, name: "@bob~0BRW" }),
    doctor: async () => DIAGNOSIS,
    tap: async ({ on }) => ({ on }),
    stop: async () => ({}),
  };
}

/** What was asked of the keys of a home, and with which passphrases. */
export class FakeKeys implements KeyDoor {
  readonly calls: unknown[] = [];
  protection: "passphrase" | "os-user" = "passphrase";

  async request(passphrase: PassphraseWays): Promise<string> {
    this.calls.push(["request", await given(passphrase)]);
    return "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n";
  }

  async install(certificate: Uint8Array) {
    this.calls.push(["install", Buffer.from(certificate).toString()]);
    return { nick: "ada", notBefore: Date.UTC(2026, 4, 1), notAfter: Date.UTC(2027, 4, 1) };
  }

  async changePassphrase(old: PassphraseWays, next: PassphraseWays | null) {
    this.calls.push(["change", this.protection === "passphrase" ? await given(old) : null, next && (await given(next))]);
    return next === null ? ("os-user" as const) : ("passphrase" as const);
  }
}

async function given({ file, ask }: PassphraseWays): Promise<string> {
  return file === undefined ? ask() : `of ${file}`;
}

/** Ways to one node: attached to when `running`, started otherwise. */
export function doorsTo(node: FakeNode, running = true, keys = new FakeKeys()): Doors & { readonly started: StartOptions[] } {
  const started: StartOptions[] = [];
  return {
    started,
    keys: async () => keys,
    repair: async (_, passphrase) => {
      keys.calls.push(["repair", passphrase.file ?? null]);
      return REPAIRED;
    },
    backups: async () => ({
      make: async ({ to, over, keys: ofKeys, passphrase }) => {
        keys.calls.push(["backup", to, over, ofKeys.file ?? null, await given(passphrase)]);
        return { nodeId: BOB, storeBytes: 2_500_000 };
      },
      restore: async ({ from, keys: ofKeys, passphrase }) => {
        keys.calls.push(["restore", from, ofKeys.file ?? null, await given(passphrase)]);
        return { nodeId: BOB, at: Date.UTC(2026, 10, 27, 4, 5), home: "/home/ada", channels: 2, contacts: 1 };
      },
    }),
    archives: async () => archives(),
    attach: async () => {
      if (!running) throw new ApiError("no-daemon", "no node runs on /home/ada. ptpchat start runs one.");
      return node;
    },
    start: async (options) => {
      started.push(options);
      return node;
    },
  };
}
