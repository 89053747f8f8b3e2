/**
 * Repairs a home whose store is damaged, while no node runs on it: makes a new store of all that can still be read, proves what
 * is signed, and puts it in the place of the damaged one, which stays under another name. Members have the rest. ADR 0011.
 */
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Change, ChannelLog, channelGuid, type Event, eventOf, type LogRow, type Store, signEvent } from "../core/index.ts";
import { sodiumCrypto, streamPrimitives } from "../crypto/sodium/index.ts";
import { isSound, openSqliteStore, Salvage, type SalvagedEvent, type SalvagedLog } from "../store/index.ts";
import type { Guid } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import { ContactBook } from "./contact-book.ts";
import { homeOf, syncDirectory } from "./home.ts";
import { lockHome } from "./home-lock.ts";
import { keyPath, loadOrMakeIdentity, type NodeIdentity, STORE_FILE } from "./identity.ts";
import { KnownNodes } from "./known-nodes.ts";
import { Names } from "./names.ts";
import type { PassphraseSource } from "./passphrase.ts";
import { QuietBook } from "./quiet-book.ts";
import { BESIDE, finishRepair, MADE, MAKING } from "./repaired-store.ts";
import { storeFault } from "./store-fault.ts";

/** What is gone of one author in one channel, and whoever else was there may have. */
export interface LostEvents {
  readonly channelId: Guid;
  /** Empty where that is lost too. */
  readonly channel: string;
  readonly nodeId: string;
  readonly name: string;
  readonly count: number;
}

export interface RepairReport {
  /** False: SQLite finds nothing wrong, and nothing was done. */
  readonly damaged: boolean;
  readonly pages: number;
  /** Those that do not open, of the ones in use. */
  readonly damagedPages: number;
  /** Signed events that are proved and kept, and texts without a signature. */
  readonly events: number;
  readonly texts: number;
  /** Signed events that nothing proves any more, since what covers them is lost. */
  readonly unproved: number;
  readonly channels: number;
  readonly contacts: number;
  readonly lost: readonly LostEvents[];
  /** Where the damaged store is from now on; null where nothing was done. */
  readonly keptAs: string | null;
}

/** Events that are written at once. */
const BATCH = 500;
const NEIGHBOUR = "the damaged file";

/**
 * @param home - as {@link homeOf}
 * @throws ApiError `no-keys`, `home-in-use`, `store-damaged` when nothing at all can be read under this key, `store-failed`, and as
 *   `loadOrMakeIdentity`; then the home is as it was
 */
export async function repairHome(home: string | undefined, passphrase: PassphraseSource): Promise<RepairReport> {
  const place = homeOf(home);
  const file = join(place.dir, STORE_FILE);
  if (!existsSync(keyPath(place.dir)) || !existsSync(file))
    throw new ApiError("no-keys", `there is no history in ${place.dir}: name another directory with --home`);
  const lock = lockHome(place);
  try {
    await finishRepair(place.dir);
    const identity = await loadOrMakeIdentity(place.dir, "", passphrase);
    const salvage = new Salvage({ file, key: identity.storeKey, primitives: streamPrimitives });
    try {
      if (salvage.damagedPages === 0 && isSound(file, identity.storeKey)) return { ...NOTHING, damaged: false, pages: salvage.pages };
      return await makeAnew(place.dir, salvage, identity);
    } finally {
      salvage.close();
    }
  } catch (error) {
    throw storeFault(error);
  } finally {
    lock.release();
  }
}

const NOTHING = {
  damagedPages: 0,
  events: 0,
  texts: 0,
  unproved: 0,
  channels: 0,
  contacts: 0,
  lost: [],
  keptAs: null,
} as const;

async function makeAnew(dir: string, salvage: Salvage, identity: NodeIdentity): Promise<RepairReport> {
  if (salvage.damagedPages >= salvage.pages) throw nothingReads(join(dir, STORE_FILE));
  const making = join(dir, MAKING);
  for (const each of ["", ...BESIDE]) await rm(making + each, { force: true }); // what a repair left that did not end
  const store = await openSqliteStore({ file: making, key: identity.storeKey });
  const made = await fill(store, salvage, identity).finally(() => store.close());
  await rename(making, join(dir, MADE)); // all of it is on the disk
  await syncDirectory(dir);
  const keptAs = await finishRepair(dir);
  return { ...made, damaged: true, pages: salvage.pages, damagedPages: salvage.damagedPages, keptAs };
}

type Made = Omit<RepairReport, "damaged" | "pages" | "damagedPages" | "keptAs">;

async function fill(store: Store, salvage: Salvage, identity: NodeIdentity): Promise<Made> {
  const { channels, members, keys, contacts, nicks, quietNodes, quotas, prekeys, senderKeys } = salvage.rest();
  await store.write([
    ...channels.map((channel): Change => ({ kind: "channel", channel })),
    ...members.map((member): Change => ({ kind: "member", member })),
    ...keys.map((key): Change => ({ kind: "key", key })),
    ...contacts.map((contact): Change => ({ kind: "contact", contact })),
    ...nicks.map((nick): Change => ({ kind: "nick", nick })),
    ...quietNodes.map((quiet): Change => ({ kind: "quiet", quiet })),
    ...quotas.map(({ channelId, quota }): Change => ({ kind: "quota", channelId, quota })),
    ...prekeys.map((prekey): Change => ({ kind: "prekey", prekey })),
    ...senderKeys.map((key): Change => ({ kind: "sender-key", key })),
  ]);
  const texts = await keepTexts(store, salvage);
  const filling = new Filling(store, identity);
  const logs = salvage.logs();
  for (const channel of new Set(logs.map(({ channel: hash }) => hash)))
    await filling.channel(logs.filter((log) => log.channel === channel));
  const names = new Names(
    new KnownNodes(store.nicks()),
    new ContactBook(store, identity.keyPair.publicKey),
    new QuietBook(store, identity.nodeId),
  );
  const lost = filling.lost.map((each) => ({
    ...each,
    channel: channels.find(({ id }) => id === each.channelId)?.name ?? "",
    name: names.of(each.nodeId),
  }));
  const { events, unproved } = filling;
  return { events, texts, unproved: unproved + salvage.nameless, channels: channels.length, contacts: contacts.length, lost };
}

async function keepTexts(store: Store, salvage: Salvage): Promise<number> {
  const batch: Change[] = [];
  const seen = new Set<string>();
  for (const event of salvage.texts()) {
    seen.add(event.id);
    batch.push({ kind: "event", event });
    if (batch.length >= BATCH) await store.write(batch.splice(0));
  }
  await store.write(batch);
  return seen.size;
}

/** Proves events as if a neighbour had sent them, and keeps them. */
class Filling {
  readonly #store: Store;
  readonly #identity: NodeIdentity;
  events = 0;
  unproved = 0;
  readonly lost: Pick<LostEvents, "channelId" | "nodeId" | "count">[] = [];
  /** What people see of the events of the log under way, where that is not what was signed. */
  readonly #sights = new Map<string, SalvagedEvent["sight"]>();
  #changes: Change[] = [];
  #marks: number[] = [];

  constructor(store: Store, identity: NodeIdentity) {
    this.#store = store;
    this.#identity = identity;
  }

  /** @param logs - all of one channel */
  async channel(logs: readonly SalvagedLog[]): Promise<void> {
    const [first] = logs;
    if (first === undefined) return;
    const log = new ChannelLog(first.channel, sodiumCrypto, this.#store.events);
    const lost = new Map<string, number>();
    const held = new Map<string, number>();
    for (const each of logs) {
      await this.#take(log, each);
      await this.#write(log);
      if (each.row !== null) lost.set(each.author, (lost.get(each.author) ?? 0) + heldBy(each.row));
    }
    for (const row of rowsOf(this.#store, first.channel)) held.set(row.author, (held.get(row.author) ?? 0) + heldBy(row));
    for (const [nodeId, before] of lost) {
      const count = before - (held.get(nodeId) ?? 0);
      if (count > 0) this.lost.push({ channelId: channelGuid(first.channel), nodeId, count });
    }
  }

  async #take(log: ChannelLog, salvaged: SalvagedLog): Promise<void> {
    const seen = new Set<string>();
    const before = this.events;
    for (const { event: each, sight } of salvaged.events()) {
      const event = eventOf(sodiumCrypto, each, each.sig);
      if (sight.seen !== undefined) this.#sights.set(each.id, sight);
      seen.add(each.id);
      if (typeof event === "string" || event.id !== each.id) continue;
      this.#accept(log, event);
      if (this.#changes.length >= BATCH) await this.#write(log);
    }
    log.forgetNeighbour(NEIGHBOUR);
    this.#sights.clear();
    this.unproved += seen.size - (this.events - before);
  }

  #accept(log: ChannelLog, event: Event): void {
    const first = log.receive(event, NEIGHBOUR);
    // What covers it is lost. It is ours, and it lay in our own store under its seal: so it is signed by itself.
    const isToSign = first.kind === "waiting" && event.author === this.#identity.nodeId;
    const receipt = isToSign ? log.receive(signEvent(sodiumCrypto, event, this.#identity.keyPair), NEIGHBOUR) : first;
    if (receipt.kind !== "accepted") return;
    const { mark, accepted, moves } = receipt;
    this.#marks.push(mark);
    this.events += accepted.length;
    const channelId = channelGuid(log.channel);
    this.#changes.push(
      ...moves.map((move): Change => ({ kind: "log-move", channel: log.channel, move })),
      ...accepted.map(({ event: each, branch }): Change => {
        return { kind: "signed", channelId, own: each.author === this.#identity.nodeId, event: each, branch, ...this.#sights.get(each.id) };
      }),
    );
  }

  async #write(log: ChannelLog): Promise<void> {
    const rows = log.takeChanged().map((row): Change => ({ kind: "log", channel: log.channel, row }));
    await this.#store.write([...this.#changes.splice(0), ...rows]);
    for (const mark of this.#marks.splice(0)) log.settle(mark);
  }
}

function rowsOf(store: Store, channel: SalvagedLog["channel"]): readonly LogRow[] {
  return store.restore().logs.find((each) => each.channel === channel)?.rows ?? [];
}

/** Events that a log has, as its row says. */
function heldBy({ branches }: LogRow): number {
  return branches.reduce((sum, [, { stretches }]) => sum + stretches.reduce((of, { low, high }) => of + high - low + 1, 0), 0);
}

function nothingReads(file: string): ApiError {
  return new ApiError(
    "store-damaged",
    `nothing of ${file} can be read with the keys of this home: put back the key file that belongs to it, or move it away to begin with an empty history`,
  );
}
