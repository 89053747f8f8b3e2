/**
 * Configured peers that were given by name. A name is looked up once at the start; while nobody is heard at its address
 * it is looked up again now and then, since the network may have come up later, or the address have changed.
 */
import type { Endpoint } from "../wire/index.ts";
import { type Addresses, DEFAULT_PORT, parseHostPort } from "./addresses.ts";
import { ApiError } from "./api.ts";
import type { Log } from "./log.ts";

/** How often a silent peer's name is looked up again: soon enough for a person who plugs in a cable. */
const RETRY_MS = 30_000;

interface NamedPeer {
  readonly text: string;
  endpoint: Endpoint | null;
}

/** What is to be done for a peer whose name resolved late, or to another address. */
export interface NamedPeersHandlers {
  isLive(endpoint: Endpoint): boolean;
  call(endpoint: Endpoint): void;
}

export class NamedPeers {
  readonly #addresses: Addresses;
  readonly #log: Log;
  readonly #peers: readonly NamedPeer[];
  readonly #literal: readonly Endpoint[];
  #timer: NodeJS.Timeout | undefined;

  private constructor(addresses: Addresses, log: Log, literal: readonly Endpoint[], peers: readonly NamedPeer[]) {
    this.#addresses = addresses;
    this.#log = log;
    this.#literal = literal;
    this.#peers = peers;
  }

  /**
   * Reads the configured peers and looks their names up; one that does not resolve now is tried again later.
   * @throws ApiError `bad-address`
   */
  static async resolve(texts: readonly string[], addresses: Addresses, log: Log): Promise<NamedPeers> {
    const names = texts.filter((text) => parseHostPort(text).isName);
    const literal = await Promise.all(texts.filter((text) => !names.includes(text)).map((text) => addresses.endpoint(text)));
    const peers = names.map((text) => ({ text, endpoint: null }));
    const found = new NamedPeers(addresses, log, literal, peers);
    await Promise.all(peers.map((peer) => found.#lookUp(peer)));
    return found;
  }

  /** All that are known by now, each once. */
  get endpoints(): Endpoint[] {
    return [...new Set([...this.#literal, ...this.#peers.map(({ endpoint }) => endpoint).filter((endpoint) => endpoint !== null)])];
  }

  /** Those that have a name, as `host:port`. */
  get names(): string[] {
    return this.#peers.map(({ text }) => `${parseHostPort(text).host}:${parseHostPort(text).port ?? DEFAULT_PORT}`);
  }

  /** The names that have no address so far, as they were given. */
  get unresolved(): string[] {
    return this.#peers.filter(({ endpoint }) => endpoint === null).map(({ text }) => text);
  }

  begin(handlers: NamedPeersHandlers): void {
    if (this.#peers.length === 0) return;
    this.#timer = setInterval(() => void this.#retry(handlers), RETRY_MS);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #retry(handlers: NamedPeersHandlers): Promise<void> {
    for (const peer of this.#peers) {
      if (peer.endpoint !== null && handlers.isLive(peer.endpoint)) continue;
      await this.#lookUp(peer);
      if (peer.endpoint !== null) handlers.call(peer.endpoint);
    }
  }

  async #lookUp(peer: NamedPeer): Promise<void> {
    try {
      peer.endpoint = await this.#addresses.endpoint(peer.text);
      this.#log.info("name-resolved", { name: peer.text });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#log.warn("name-not-resolved", {
        name: peer.text,
        code: error.reason,
        message: `${error.message}; it is tried again every ${RETRY_MS / 1_000} s`,
      });
    }
  }
}
