/**
 * Keeps channels within their quotas: looks now and then, and drops the oldest, a bounded step at a time, each on the
 * disk before the next. docs/cli.md "Keep"; PROTOCOL.md §13.6.
 */
import type { Holding, NodeEvent, Quota } from "../core/index.ts";
import { US_PER_MS } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import type { Engine } from "./engine.ts";
import { ALL, keepsMore } from "./quota.ts";
import { storeCode } from "./store-fault.ts";

/** A quota may be overrun by what is said in so long. */
const LOOK_MS = 60_000;
/** Dropping goes on below the quota by this part of it, so that not every message drops another. */
const SLACK = 0.05;
/** Entries of one step: some ms of reading, and of writing. */
const STEP_ENTRIES = 500;
const STEP_MS = 60_000;
const DAY_MS = 86_400_000;
const EVER = Number.MAX_SAFE_INTEGER;

/** What is kept of a channel, and by which rule. */
export interface Kept extends Holding {
  readonly quota: Quota;
  /** True when the channel has a quota of its own. */
  readonly isOwn: boolean;
}

export class Retention {
  readonly #engine: Engine;
  #timer: NodeJS.Timeout | undefined;
  /** What runs now; the next one waits for it. */
  #running: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  begin(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.look();
  }

  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
  }

  kept(channelId: Guid): Kept {
    const own = this.#quotaOf(channelId);
    return { ...this.#engine.store.holding(channelId), quota: own ?? this.default, isOwn: own !== null };
  }

  /** What holds for channels that have no quota of their own. */
  get default(): Quota {
    return this.#quotaOf(null) ?? ALL;
  }

  /** Sets a quota, of a channel or (null) of all others; null takes it away. Resolves once what is too much is dropped. */
  async set(channelId: Guid | null, quota: Quota | null): Promise<void> {
    const channels = channelId === null ? this.#joined() : [channelId];
    const before = channels.map((id) => this.kept(id).quota);
    await this.#engine.store.write([{ kind: "quota", channelId, quota }]);
    for (const [at, id] of channels.entries()) if (keepsMore(this.kept(id).quota, before[at] ?? ALL)) await this.#want(id);
    await this.look();
  }

  /** Drops what is too much of the channels that the user is in. One look at a time. */
  look(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#lookAtAll())
      .catch((error: unknown) => {
        this.#engine.log.warn("quota-not-kept", { code: error instanceof ApiError ? error.code : storeCode(error) }); // the next look tries again
      });
    return this.#running;
  }

  async #lookAtAll(): Promise<void> {
    for (const channelId of this.#joined()) while (!this.#ended && (await this.#step(channelId))) {}
  }

  /** @returns true when there may be more to drop */
  async #step(channelId: Guid): Promise<boolean> {
    if (this.#engine.storeFailed !== null || !this.#engine.running) return false;
    const { quota, bytes: held } = this.kept(channelId);
    const upTo = quota.days === null ? EVER : (Date.now() - quota.days * DAY_MS) * US_PER_MS;
    const bytes = quota.bytes === null ? EVER : held <= quota.bytes ? 0 : held - quota.bytes * (1 - SLACK);
    if (bytes <= 0 || (quota.days === null && quota.bytes === null)) return false;
    const oldest = this.#engine.store.oldest({ channelId, upTo, bytes, most: STEP_ENTRIES });
    if (oldest === null) return false;
    await this.#told((ref) => ({ kind: "drop-old", ref, channelId, ...oldest }));
    return true;
  }

  #want(channelId: Guid): Promise<void> {
    return this.#told((ref) => ({ kind: "want-old", ref, channelId }));
  }

  /** Gives a command and waits until what it does is on the disk. */
  async #told(command: (ref: number) => Parameters<Engine["command"]>[0]): Promise<void> {
    const { waits } = this.#engine;
    const ref = waits.freeRef();
    const told = waits.until(`ref ${ref}`, STEP_MS, droppedWhen, () => new ApiError("timeout", "the disk takes too long"));
    this.#engine.command(command(ref));
    const { failed } = await told;
    if (failed !== null) throw new ApiError("store-failed", `nothing can be dropped while the store fails (${failed})`, failed);
  }

  #joined(): Guid[] {
    return this.#engine.core.channels(this.#engine.now).map(({ id }) => id);
  }

  #quotaOf(channelId: Guid | null): Quota | null {
    return this.#engine.store.quotas().find((each) => each.channelId === channelId)?.quota ?? null;
  }
}

function droppedWhen(event: NodeEvent): Extract<NodeEvent, { type: "dropped-old" }> | undefined {
  return event.type === "dropped-old" ? event : undefined;
}
