/** Question and answer with a proxy, before the connection is ours. */
import type { Socket } from "node:net";
import { TcpError } from "./dial.ts";

/** What a proxy may say before it is asked for more: above every answer that is read. */
const HELD_BYTES_MAX = 16_384;

export class ProxyTalk {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  /** Why nothing more will come. */
  readonly #stop = Promise.withResolvers<never>();
  #held: Uint8Array = new Uint8Array(0);
  #asked = false;
  #more = Promise.withResolvers<void>();

  /** @param signal - ends it */
  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#stop.promise.catch(() => {}); // whether anybody waits or not
    signal.addEventListener("abort", this.#onStop, { once: true });
    socket.on("data", this.#onData);
    socket.on("end", this.#onStop);
    socket.on("close", this.#onStop);
  }

  /** The connection is handed on as it is: what came after the last answer is still to be read, once it is resumed. */
  end(): void {
    this.#signal.removeEventListener("abort", this.#onStop);
    this.#socket.pause();
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onStop);
    this.#socket.off("close", this.#onStop);
    if (this.#held.length > 0 && !this.#socket.destroyed && !this.#socket.readableEnded) this.#socket.unshift(this.#held);
  }

  say(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** Says to where the connection is to lead: from here on it is the far end that is waited for. */
  ask(bytes: Uint8Array | string): void {
    this.#asked = true;
    this.say(bytes);
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** The next `length` bytes. */
  async read(length: number): Promise<Uint8Array> {
    while (this.#held.length < length) await Promise.race([this.#more.promise, this.#stop.promise]);
    return this.#take(length);
  }

  /**
   * All up to and with `end`, and none of what follows.
   * @param most - bytes at most
   */
  async readThrough(end: string, most: number): Promise<string> {
    for (;;) {
      const at = Buffer.from(this.#held).indexOf(end, 0, "latin1");
      if (at >= 0) return Buffer.from(this.#take(at + end.length)).toString("latin1");
      if (this.#held.length >= most) throw new TcpError("proxy-bad-answer", `more than ${most} bytes`);
      await Promise.race([this.#more.promise, this.#stop.promise]);
    }
  }

  #take(length: number): Uint8Array {
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  readonly #onData = (piece: Uint8Array): void => {
    this.#held = Buffer.concat([this.#held, piece]);
    if (this.#held.length > HELD_BYTES_MAX) this.#onStop();
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  };

  readonly #onStop = (): void => {
    this.#stop.reject(new Error("stopped"));
  };
}
