/** The sessions of a node: by the index in a frame, and by the node they are with. */
import type { Instant } from "../time.ts";
import { Timers } from "../timers.ts";
import type { Epoch, Session } from "./session.ts";

export class SessionTable {
  readonly #byIndex = new Map<number, { readonly session: Session; readonly epoch: Epoch }>();
  readonly #byNode = new Map<string, Session>();
  /** When the transport of a session wants to go on. */
  readonly timers = new Timers<Session>();
  /** Sessions that may have something to say at the end of this step. */
  readonly touched = new Set<Session>();

  get size(): number {
    return this.#byNode.size;
  }

  all(): IterableIterator<Session> {
    return this.#byNode.values();
  }

  of(nodeId: string): Session | undefined {
    return this.#byNode.get(nodeId);
  }

  at(index: number): { readonly session: Session; readonly epoch: Epoch } | undefined {
    return this.#byIndex.get(index);
  }

  put(session: Session): void {
    this.#byNode.set(session.with.nodeId, session);
  }

  addEpoch(session: Session, epoch: Epoch): void {
    this.#byIndex.set(epoch.index, { session, epoch });
    const gone = session.addEpoch(epoch);
    if (gone !== undefined) this.#byIndex.delete(gone.index);
  }

  /** Forgets keys that others have replaced for so long that no frame under them can still be on its way. */
  forgetEpochs(session: Session, heardBefore: Instant): void {
    const outdated = session.outdated(heardBefore);
    for (const epoch of outdated) this.#byIndex.delete(epoch.index);
    if (outdated.length > 0) session.epochs = session.epochs.filter((epoch) => !outdated.includes(epoch));
  }

  remove(session: Session): void {
    for (const epoch of session.epochs) this.#byIndex.delete(epoch.index);
    if (this.#byNode.get(session.with.nodeId) === session) this.#byNode.delete(session.with.nodeId);
    this.timers.clear(session);
    this.touched.delete(session);
  }
}
