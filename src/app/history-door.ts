/** The part of the door that is about what is kept: finding it, taking it elsewhere and bringing it back, and how much there is. */
import type { ArchivePage, Found, Imported, Keeping } from "./api.ts";
import { archivePage, IMPORT_MESSAGES_MAX, importMessages, PAGE_ENTRIES_MAX } from "./archive.ts";
import { joinedChannel, namedChannel, noSuchChannel } from "./asked-channel.ts";
import type { Engine } from "./engine.ts";
import { keepingOf, setQuota } from "./keeping.ts";
import { list, optionalId, optionalText, optionalWhole, text } from "./request.ts";
import { CONTEXT_MAX, FOUND_DEFAULT, FOUND_MAX, searchIn, WORDS_UNITS_MAX } from "./search.ts";
import { storeFault } from "./store-fault.ts";

export class HistoryDoor {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  search(request: { words: string; channel?: string; most?: number; context?: number }): Found[] {
    const words = text(request, "words", WORDS_UNITS_MAX);
    const channel = optionalText(request, "channel") === undefined ? null : namedChannel(this.#engine, request);
    const most = optionalWhole(request, "most", 1, FOUND_MAX) ?? FOUND_DEFAULT;
    const context = optionalWhole(request, "context", 0, CONTEXT_MAX) ?? 0;
    return this.#engine.read(() => searchIn(this.#engine, words, channel?.id ?? null, most, context));
  }

  archive(request: { channel: string; after?: string; most?: number }): ArchivePage {
    const channel = namedChannel(this.#engine, request);
    const after = optionalId(request, "after") ?? null;
    const most = optionalWhole(request, "most", 1, PAGE_ENTRIES_MAX - 1) ?? PAGE_ENTRIES_MAX - 1;
    const kept = this.#engine.read(() => this.#engine.store.page({ channelId: channel.id, after, most: most + 1 }));
    if (kept.length === 0 && after === null && !this.#engine.core.joined().some(({ id }) => id === channel.id))
      throw noSuchChannel(channel);
    return archivePage(this.#engine, channel, kept, most);
  }

  importMessages(request: { channel: string; messages: readonly object[] }): Promise<Imported> {
    const channel = joinedChannel(this.#engine, request);
    return importMessages(this.#engine, channel, list(request, "messages", IMPORT_MESSAGES_MAX));
  }

  async keep(request: { channel?: string; keep?: string }): Promise<Keeping> {
    const channel = optionalText(request, "channel") === undefined ? null : joinedChannel(this.#engine, request);
    const quota = optionalText(request, "keep");
    this.#engine.checkRunning();
    try {
      return await (quota === undefined ? keepingOf(this.#engine.retention, channel) : setQuota(this.#engine.retention, channel, quota));
    } catch (error) {
      throw storeFault(error);
    }
  }
}
