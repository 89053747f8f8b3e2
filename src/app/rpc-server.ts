/**
 * Serves a node's commands on its socket. Every client has a door of its own, so that one's tap is not the other's; a
 * client that does not read is cut, so that it costs the node only a bounded queue. cli.md "The socket".
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { homeFault } from "./home.ts";
import type { LocalDoor } from "./local-door.ts";
import type { Log } from "./log.ts";
import { RpcConnection } from "./rpc-connection.ts";

/** Clients at a time: faces and scripts of one user. */
const CLIENTS_MAX = 64;
/** How long a client may take to read its last answer when the node ends. */
const FAREWELL_MS = 300;

export class RpcServer {
  readonly #server: Server;
  readonly #path: string;
  readonly #connections = new Set<RpcConnection>();

  private constructor(path: string, openDoor: () => LocalDoor, log: Log) {
    this.#path = path;
    this.#server = createServer((socket) => this.#accept(socket, openDoor(), log));
    this.#server.maxConnections = CLIENTS_MAX;
  }

  /**
   * Listens, in the place of a socket that a crashed node left behind: whoever calls holds the lock of the home.
   * @throws ApiError `home-unreadable`
   */
  static async listen(path: string, openDoor: () => LocalDoor, log: Log): Promise<RpcServer> {
    const server = new RpcServer(path, openDoor, log);
    try {
      if (process.platform !== "win32") rmSync(path, { force: true });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.#server.once("error", reject);
      server.#server.listen(path, resolve);
      await promise;
      if (process.platform !== "win32") chmodSync(path, 0o600);
      return server;
    } catch (error) {
      throw homeFault(path, error);
    }
  }

  /** Lets every client read what it was answered, a short time at most. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const connection of this.#connections) connection.end();
    const timer = setTimeout(() => this.#cutAll(), FAREWELL_MS);
    await promise;
    clearTimeout(timer);
    if (process.platform !== "win32") rmSync(this.#path, { force: true });
  }

  #cutAll(): void {
    for (const connection of this.#connections) connection.cut();
  }

  #accept(socket: Socket, door: LocalDoor, log: Log): void {
    const connection = new RpcConnection(socket, door, log);
    this.#connections.add(connection);
    socket.once("close", () => {
      this.#connections.delete(connection);
      door.release();
    });
  }
}
