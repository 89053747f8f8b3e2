import { MAIN_SOCKET, type SocketId } from "./io.ts";
import type { Path } from "./path.ts";

/** The paths that use each socket besides the listening one: several, where the far end's NAT gave it another address. */
export class SocketUsers {
  readonly #users = new Map<SocketId, Set<Path>>();

  add(path: Path): void {
    if (path.socket === MAIN_SOCKET || path.relay !== null) return; // over a relay it is the relay's own path that uses one
    const users = this.#users.get(path.socket) ?? new Set();
    this.#users.set(path.socket, users.add(path));
  }

  /** True while some path uses it. */
  has(socket: SocketId): boolean {
    return this.#users.has(socket);
  }

  /** @returns true when nothing uses the path's socket any more, so that it is to be closed */
  remove(path: Path): boolean {
    const users = this.#users.get(path.socket);
    if (users === undefined || !users.delete(path) || users.size > 0) return false;
    return this.#users.delete(path.socket);
  }
}
