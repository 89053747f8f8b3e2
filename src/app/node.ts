/**
 * Makes a running node of options: home, lock, identity, store, sockets, engine, and the socket for commands, each taken
 * after the one before and let go in reverse. ARCHITECTURE.md "App".
 */
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { CertificateFacts, NodeConfig, Store } from "../core/index.ts";
import { base32 } from "../crypto/index.ts";
import { sodiumCrypto, streamPrimitives } from "../crypto/sodium/index.ts";
import { randomBytes, wallEpoch } from "../net/index.ts";
import { openMemoryStore, openSqliteStore, type SqliteStoreOptions } from "../store/index.ts";
import type { Endpoint } from "../wire/index.ts";
import { Addresses, type LookUp, systemLookUp } from "./addresses.ts";
import { readAuthorities } from "./authorities.ts";
import { CertificateReader } from "./certificate-reader.ts";
import { ContactBook } from "./contact-book.ts";
import { type Books, Engine } from "./engine.ts";
import { BlockShelf } from "./files/block-shelf.ts";
import { FileRoom, filesDirectory } from "./files/file-room.ts";
import { type Home, homeOf, makeHome } from "./home.ts";
import { lockHome } from "./home-lock.ts";
import { loadOrMakeIdentity, type NodeIdentity, passingIdentity, STORE_FILE, shownAs } from "./identity.ts";
import { openLan } from "./lan.ts";
import { openSockets } from "./listening.ts";
import { type About, LocalDoor } from "./local-door.ts";
import { Log } from "./log.ts";
import { openMapper } from "./mapping.ts";
import { NamedPeers } from "./named-peers.ts";
import { checkName, type NodeOptions, proxyAddress } from "./options.ts";
import { ownFacts } from "./own-certificate.ts";
import { isOwnEndpoint } from "./own-endpoint.ts";
import { passphraseSource } from "./passphrase.ts";
import { QuietBook } from "./quiet-book.ts";
import { parseQuota } from "./quota.ts";
import { finishRepair } from "./repaired-store.ts";
import { RpcServer } from "./rpc-server.ts";
import { storeFault } from "./store-fault.ts";
import { VERSION } from "./version.ts";

/** What a node stands on; tests give their own. */
export interface NodeParts {
  readonly openStore: (options: SqliteStoreOptions) => Promise<Store>;
  readonly lookUp: LookUp;
}

const LOG_FILE = "log.jsonl";

/** A node in this process. `stop` ends it; it also ends when a client of its socket says so. */
export class RunningNode extends LocalDoor {
  readonly nodeId: string;
  /** `ip:port` of the listening socket. */
  readonly udp: string;
  /** The directory; empty for a node that keeps nothing. */
  readonly home: string;
  /** Where it listens for commands; null for a node that keeps nothing. */
  readonly socket: string | null;
  /** Resolves when the node has ended, by whomever. */
  readonly ended: Promise<void>;

  constructor(engine: Engine, about: About, addresses: Addresses, ended: Promise<void>) {
    super(engine, about, addresses);
    this.nodeId = engine.core.nodeId;
    this.udp = engine.sockets.local;
    this.home = about.home;
    this.socket = about.socket;
    this.ended = ended;
  }

  /** Ends the node within 4 s: LEAVE is said, everything flushed, the home free for another node. */
  override async stop(): Promise<Record<string, never>> {
    await super.stop();
    await this.ended;
    return {};
  }

  /** The same as `stop`, under the name that a client of the socket has for letting go. */
  async close(): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a node.
 * @throws ApiError `usage`, `bad-address`, `home-unreadable`, `home-in-use`, `key-damaged`,
 *   `passphrase-needed`, `passphrase-wrong`, `ca-refused`, `certificate-refused`, `store-too-new`, `store-damaged`,
 *   `store-failed` or `port-in-use`; then nothing runs and nothing is held
 */
export async function createNode(options: NodeOptions = {}, parts: Partial<NodeParts> = {}): Promise<RunningNode> {
  const held = new Held();
  try {
    return await start(options, { openStore: openSqliteStore, lookUp: systemLookUp, ...parts }, held);
  } catch (error) {
    await held.release();
    throw storeFault(error);
  }
}

/** What was taken so far, let go in reverse. */
class Held {
  readonly #releases: (() => Promise<void> | void)[] = [];

  add(release: () => Promise<void> | void): void {
    this.#releases.push(release);
  }

  async release(): Promise<void> {
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) await release();
  }
}

async function start(options: NodeOptions, parts: NodeParts, held: Held): Promise<RunningNode> {
  if (options.name !== undefined) checkName(options.name);
  const quota = options.keep === undefined ? null : parseQuota(options.keep);
  const tcp = { on: options.tcp !== false, proxy: proxyAddress(options.proxy) };
  const certificates = new CertificateReader(options.caFile === undefined ? [] : await readAuthorities(options.caFile));
  const home = options.memoryOnly === true ? null : await takeHome(homeOf(options.home), held);
  const log = new Log({ file: home === null ? null : join(home.logDir, LOG_FILE), listener: options.onLog });
  held.add(() => log.close());
  const sockets = await openSockets(options.listen, tcp);
  held.add(() => sockets.closeAll());
  const isOwn = (endpoint: Endpoint) => isOwnEndpoint(endpoint, sockets.local);
  const addresses = new Addresses(parts.lookUp, () => sockets.families, isOwn);
  const peers = await NamedPeers.resolve(options.peers ?? [], addresses, log);
  held.add(() => peers.end());
  // Last of what may be refused, so that a start that fails leaves no keys behind.
  const identity = shownAs(options.name, await identityOf(home, options));
  const facts = ownFacts(identity, certificates, options.caFile ?? "");
  if (home !== null) await finishRepair(home.dir);
  const store =
    home === null
      ? openMemoryStore()
      : await parts.openStore({ file: join(home.dir, STORE_FILE), key: identity.storeKey, primitives: streamPrimitives });
  if (quota !== null) await store.write([{ kind: "quota", channelId: null, quota }]);
  const known = options.name === undefined && !certificates.pinned ? shownAs(saidNick(store, identity), identity) : identity;
  const about = aboutOf(home, known, certificates.pinned ? facts : known.facts, () => peers.unresolved);
  const quiet = new QuietBook(store, base32(identity.keyPair.publicKey));
  const contacts = new ContactBook(store, identity.keyPair.publicKey);
  const books = { quiet, contacts };
  const engine = new Engine(configOf(options, known, certificates, store, peers, books), books, about.name, store, log, sockets);
  held.add(() => engine.halt());
  if (home !== null) {
    const server = await RpcServer.listen(home.socket, () => new LocalDoor(engine, about, addresses), log);
    held.add(() => server.close());
  }
  if (home !== null) {
    const files = new FileRoom(engine, await BlockShelf.open(sodiumCrypto, filesDirectory(home.dir)));
    engine.files = files;
    held.add(() => files.end());
  }
  engine.begin();
  engine.peerNames = () => peers.names;
  engine.files?.begin();
  callNamed(engine, peers);
  const nearby = openLan(options, engine);
  held.add(() => nearby?.end());
  engine.lan = nearby === null ? null : () => nearby.view;
  engine.mapper = openMapper(options, identity.keyPair.secretKey, sodiumCrypto, engine);
  held.add(() => engine.mapper?.end());
  log.info("started", { version: VERSION, nodeId: engine.core.nodeId, udp: sockets.local, rendezvous: options.rendezvous === true });
  if (sockets.tcp.fault !== null) log.warn("tcp-not-bound", { code: sockets.tcp.fault });
  const ended = engine.halted.then(() => endWith(held, log));
  return new RunningNode(engine, about, addresses, ended);
}

/** Makes the home and takes its lock, before anything in it is read. */
async function takeHome(home: Home, held: Held): Promise<Home> {
  await makeHome(home);
  const lock = lockHome(home);
  held.add(() => lock.release());
  return home;
}

async function identityOf(home: Home | null, { name = "", passphraseFile, askPassphrase }: NodeOptions): Promise<NodeIdentity> {
  if (home === null) return passingIdentity(name);
  return loadOrMakeIdentity(home.dir, name, passphraseSource(passphraseFile, askPassphrase));
}

/** What the user said in an earlier run that the node calls itself from then on. */
function saidNick(store: Store, { keyPair }: NodeIdentity): string | undefined {
  const self = base32(keyPair.publicKey);
  return store.nicks().find(({ nodeId, said }) => nodeId === self && said !== undefined)?.nick;
}

function configOf(
  options: NodeOptions,
  { keyPair, certificate }: NodeIdentity,
  certificates: CertificateReader,
  store: Store,
  peers: NamedPeers,
  { quiet, contacts }: Books,
): NodeConfig {
  return {
    publicKey: keyPair.publicKey,
    signingKey: keyPair,
    certificate,
    certificates,
    peers: peers.endpoints,
    compatNodeId: options.compatNodeId ?? false,
    rendezvous: options.rendezvous ?? false,
    tcp: options.tcp !== false,
    mailbox: options.mailbox === true,
    epoch: wallEpoch(),
    restored: store.restore(),
    events: store.events,
    quiet,
    contacts,
    crypto: sodiumCrypto,
    random: randomBytes,
  };
}

function aboutOf(home: Home | null, { protection }: NodeIdentity, certificate: CertificateFacts, unresolved: () => string[]): About {
  return {
    name: certificate.nick, // so that it is what others are shown
    home: home?.dir ?? "",
    socket: home?.socket ?? null,
    certificate,
    keyProtection: home === null ? "memory" : protection,
    unresolved,
  };
}

/** Peers whose names resolve late are called as if the user had said `connect`. */
function callNamed(engine: Engine, peers: NamedPeers): void {
  peers.begin({
    isLive: (endpoint) => engine.core.peers(engine.now).some((peer) => peer.endpoint === endpoint && peer.live),
    call: (to) => {
      if (engine.running) engine.command({ kind: "connect", ref: engine.waits.freeRef(), to, via: null });
    },
  });
}

/** The rest of the end, once the engine has halted. */
async function endWith(held: Held, log: Log): Promise<void> {
  await turn(); // so that a client that asked for the end gets its answer
  log.info("stopped");
  await held.release();
}
