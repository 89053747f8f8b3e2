/** Those who listen to the node's events: one listener for the program itself, one for each client of the socket. */
import type { NamedEvent, Subscribe } from "./api.ts";

export class Audience {
  readonly #listeners = new Set<Listener>();
  readonly #onTap: (on: boolean) => void;
  #tapping = false;

  /** @param onTap - called when the first listener wants `traffic`, and when the last one does no more */
  constructor(onTap: (on: boolean) => void) {
    this.#onTap = onTap;
  }

  enter(): Listener {
    const listener = new Listener(
      () => this.#retap(),
      () => this.#leave(listener),
    );
    this.#listeners.add(listener);
    return listener;
  }

  /** False while nobody would hear what is told. */
  get isListening(): boolean {
    for (const listener of this.#listeners) if (listener.isListening) return true;
    return false;
  }

  tell(event: NamedEvent): void {
    for (const listener of this.#listeners) listener.tell(event);
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#retap();
  }

  #retap(): void {
    const tapping = [...this.#listeners].some((listener) => listener.tapping);
    if (tapping === this.#tapping) return;
    this.#tapping = tapping;
    this.#onTap(tapping);
  }
}

export class Listener {
  readonly #functions = new Set<(event: NamedEvent) => void>();
  readonly #onTapChange: () => void;
  /** Hears nothing from here on. */
  readonly leave: () => void;
  #tapping = false;

  constructor(onTapChange: () => void, leave: () => void) {
    this.#onTapChange = onTapChange;
    this.leave = leave;
  }

  get tapping(): boolean {
    return this.#tapping;
  }

  get isListening(): boolean {
    return this.#functions.size > 0;
  }

  tap(on: boolean): void {
    this.#tapping = on;
    this.#onTapChange();
  }

  readonly subscribe: Subscribe = (listen) => {
    const own = (event: NamedEvent) => listen(event); // so that one function given twice is called twice
    this.#functions.add(own);
    return () => void this.#functions.delete(own);
  };

  tell(event: NamedEvent): void {
    if (event.type === "traffic" && !this.#tapping) return;
    for (const listen of this.#functions) call(listen, event);
  }
}

/** A listener that throws is its owner's fault: it ends the process as such, and not in the middle of a step. */
function call(listen: (event: NamedEvent) => void, event: NamedEvent): void {
  try {
    listen(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
