/**
 * The nodes that the user does not want to hear: muted, so that what they say is folded, or blocked, so that it is not shown at
 * all. His own, kept in the store beside the contacts; nobody else learns of it. PROTOCOL.md §13.9.
 */
import { QUIET_NODES_MAX, type Quiet, type QuietNodes, type Store, type StoredQuiet } from "../core/index.ts";
import { ApiError } from "./api.ts";
import { storeFault } from "./store-fault.ts";

export class QuietBook implements QuietNodes {
  readonly #store: Store;
  readonly #self: string;
  /** What the store has, by node id; null until it is asked, and after each change. */
  #read: ReadonlyMap<string, StoredQuiet> | null = null;

  /** @param self - this node, which nobody mutes */
  constructor(store: Store, self: string) {
    this.#store = store;
    this.#self = self;
  }

  /** Null also while the store cannot be read: then too much is shown rather than too little. */
  of(nodeId: string): Quiet | null {
    try {
      return this.#all().get(nodeId)?.how ?? null;
    } catch {
      return null;
    }
  }

  /** In the order in which it was said. @throws ApiError `store-failed` */
  list(): StoredQuiet[] {
    try {
      return [...this.#all().values()];
    } catch (error) {
      throw storeFault(error);
    }
  }

  /**
   * @param how - null: the node is heard again
   * @throws ApiError `usage` for the node itself, `quiet-full`, `store-failed`
   */
  async set(nodeId: string, how: Quiet | null, now: number): Promise<void> {
    if (nodeId === this.#self) throw new ApiError("usage", `${nodeId} is this node itself`);
    if (how !== null && this.of(nodeId) === null && this.list().length >= QUIET_NODES_MAX)
      throw new ApiError("quiet-full", `${QUIET_NODES_MAX} nodes are muted or blocked already: let one be heard again first`);
    try {
      await this.#store.write([how === null ? { kind: "quiet-gone", nodeId } : { kind: "quiet", quiet: { nodeId, how, at: now } }]);
    } catch (error) {
      throw storeFault(error);
    } finally {
      this.#read = null;
    }
  }

  #all(): ReadonlyMap<string, StoredQuiet> {
    this.#read ??= new Map(this.#store.quietNodes().map((quiet) => [quiet.nodeId, quiet]));
    return this.#read;
  }
}
