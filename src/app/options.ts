/** How to run a node. What is left out has the default that is named beside it. */
import process from "node:process";
import { type ListenAddress, type ProxyAddress, parseListenAddress, parseProxy } from "../net/index.ts";
import { NAME_MAX } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import type { LogEntry } from "./log.ts";

export interface NodeOptions {
  /** The directory of the node; else PTPCHAT_HOME, else the XDG directories. */
  readonly home?: string | undefined;
  /** True: nothing is read or written on disk, a new identity each time, no socket for commands. */
  readonly memoryOnly?: boolean | undefined;
  /** `IP:PORT`, port 0 for any free one; else `[::]:7667` or the next free port, IPv4 included. */
  readonly listen?: string | undefined;
  /** Peers to say HELLO to: `HOST:PORT`. */
  readonly peers?: readonly string[] | undefined;
  /** The name that the node shows in this run; else that of its first start. A certificate of a CA has its own. */
  readonly name?: string | undefined;
  /** A file whose first line is the passphrase of the keys, and becomes that of new ones; else PTPCHAT_PASSPHRASE_FILE. */
  readonly passphraseFile?: string | undefined;
  /** Called when the keys are under a passphrase and no file was named. */
  readonly askPassphrase?: (() => Promise<string>) | undefined;
  /** A PEM file of CAs: then only nodes get in that one of them has certified. */
  readonly caFile?: string | undefined;
  /** How much is kept of channels that have no quota of their own, from now on: `500MB`, `30d` or `all`. */
  readonly keep?: string | undefined;
  /**
   * Whether to be found by, and to find, nodes on the same network; else true, but for a rendezvous. A node that listens on
   * loopback is on no network.
   */
  readonly lan?: boolean | undefined;
  /** Whether the network's gateway is asked to let others in; else true. Never asked for a node that listens on loopback. */
  readonly map?: boolean | undefined;
  /** False: sessions go over UDP alone, and no TCP connection is taken. Else true. */
  readonly tcp?: boolean | undefined;
  /** True: what others leave for contacts of this user is kept, sealed, until they fetch it; else false. */
  readonly mailbox?: boolean | undefined;
  /** `socks5://[USER:PASSWORD@]HOST:PORT` or `http://...`, through which TCP connections are opened; else PTPCHAT_PROXY. */
  readonly proxy?: string | undefined;
  /** True: the node represents nobody and only introduces others. */
  readonly rendezvous?: boolean | undefined;
  /** True: the peers are old programs that put a `node_id` into HELLO. */
  readonly compatNodeId?: boolean | undefined;
  /** Called with every entry of the node's log. */
  readonly onLog?: ((entry: LogEntry) => void) | undefined;
}

const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** @throws ApiError `bad-address` */
export function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== null) return address;
  throw new ApiError(
    "bad-address",
    `"${text}" is no address to listen on: write IP:PORT, as 0.0.0.0:7667 or [::]:7667; port 0 takes any free one`,
  );
}

/** The proxy that the user named. @throws ApiError `usage`, which repeats nothing of it: there may be a password in it */
export function proxyAddress(text: string | undefined): ProxyAddress | null {
  const named = text ?? (process.env.PTPCHAT_PROXY || undefined);
  const address = named === undefined ? null : parseProxy(named);
  if (named === undefined || address !== null) return address;
  throw new ApiError(
    "usage",
    "that is no proxy: write socks5://HOST:PORT or http://HOST:PORT, with USER:PASSWORD@ before HOST where it wants them (special characters as %XX)",
  );
}

/** @throws ApiError `usage` */
export function checkName(name: string): void {
  if (name.length <= NAME_MAX && !UNFIT.test(name)) return;
  throw new ApiError("usage", `a name has at most ${NAME_MAX} characters and no control characters`);
}
