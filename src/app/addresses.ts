/** Addresses as people write them, host names included. PROTOCOL.md §3. */
import { lookup } from "node:dns/promises";
import { type Endpoint, endpoint, type Ip, ipOf, parseEndpoint, parseIp, parsePort, scopeOf } from "../wire/index.ts";
import { ApiError } from "./api.ts";

/** Where a node listens when nobody says otherwise. */
export const DEFAULT_PORT = 7_667;

/** Resolves a host name to addresses, the best first; rejects when there are none. */
export type LookUp = (name: string, families: "ipv4" | "ipv6" | "both") => Promise<readonly string[]>;

/** A host and perhaps a port, as written. */
export interface HostPort {
  readonly host: Ip | string;
  readonly isName: boolean;
  readonly port: number | null;
}

/** How long a name may take: the system's resolver goes on for much longer when no server answers. */
const LOOK_UP_MS = 5_000;
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*\.?$/i;

/** The system's resolver, in the order that it prefers. */
export const systemLookUp: LookUp = async (name, families) => {
  const family = families === "both" ? 0 : families === "ipv4" ? 4 : 6;
  const found = await lookup(name, { all: true, family });
  return found.map(({ address }) => address);
};

/**
 * Reads `HOST:PORT`, `HOST`, `[v6]:PORT` or `v6`, where HOST is an IPv4 address or a name.
 * @throws ApiError `bad-address`
 */
export function parseHostPort(text: string): HostPort {
  const known = parseEndpoint(text);
  if (known !== null) return checked(text, ipOf(known), Number(text.slice(text.lastIndexOf(":") + 1)));
  const ip = parseIp(text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text);
  if (ip !== null) return checked(text, ip, null);
  const colon = text.lastIndexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? null : parsePort(text.slice(colon + 1));
  // A name of digits and dots only is an address with a mistake in it.
  if (!NAME.test(name) || /^[\d.]+$/.test(name) || (colon >= 0 && port === null)) throw badAddress(text);
  return { host: name, isName: true, port };
}

function checked(text: string, ip: Ip, port: number | null): HostPort {
  const scope = scopeOf(ip);
  if (scope === "unspecified" || scope === "multicast" || scope === "broadcast") {
    throw new ApiError("bad-address", `${text} is not the address of one machine: write that of the peer, as 203.0.113.5:${DEFAULT_PORT}`);
  }
  return { host: ip, isName: false, port };
}

function badAddress(text: string): ApiError {
  return new ApiError(
    "bad-address",
    `"${text}" is no address: write HOST:PORT, as chat.example.org:${DEFAULT_PORT}, 203.0.113.5:${DEFAULT_PORT} or [2001:db8::1]:${DEFAULT_PORT}`,
  );
}

/** Turns what people write into endpoints, over one way to look names up. */
export class Addresses {
  readonly #lookUp: LookUp;
  readonly #families: () => "ipv4" | "ipv6" | "both";
  readonly #isOwn: (endpoint: Endpoint) => boolean;

  /**
   * @param families - those that the node's socket can send to
   * @param isOwn - whether an endpoint leads back to the node
   */
  constructor(lookUp: LookUp, families: () => "ipv4" | "ipv6" | "both", isOwn: (endpoint: Endpoint) => boolean = () => false) {
    this.#lookUp = lookUp;
    this.#families = families;
    this.#isOwn = isOwn;
  }

  /**
   * The address of a host.
   * @throws ApiError `no-name` when the name does not resolve
   */
  async ip({ host, isName }: HostPort): Promise<Ip> {
    return isName ? await this.#resolve(host) : (host as Ip);
  }

  /**
   * Reads an endpoint; where the port is left out it is the usual one.
   * @throws ApiError `bad-address` or `no-name`
   */
  async endpoint(text: string): Promise<Endpoint> {
    const parsed = parseHostPort(text);
    return this.other(await this.ip(parsed), parsed.port ?? DEFAULT_PORT);
  }

  /**
   * The endpoint of another node.
   * @throws ApiError `bad-address` when it is this node's own
   */
  other(ip: Ip, port: number): Endpoint {
    const named = endpoint(ip, port);
    if (this.#isOwn(named)) throw new ApiError("bad-address", `${named} is this very node: name the address and port of the other one`);
    return named;
  }

  async #resolve(name: string): Promise<Ip> {
    const found = await within(LOOK_UP_MS, this.#lookUp(name, this.#families())).catch((error: unknown) => {
      throw noName(name, error);
    });
    const ip = found.map(parseIp).find((each) => each !== null);
    if (ip === undefined || ip === null) throw noName(name, null);
    return ip;
  }
}

function noName(name: string, error: unknown): ApiError {
  const code = error instanceof Error && "code" in error ? String(error.code) : null;
  return new ApiError(
    "no-name",
    `the name ${name} does not resolve to an address${code === null ? "" : ` (${code})`}: check its spelling and your network`,
    code,
  );
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(Object.assign(new Error("no answer"), { code: "ETIMEOUT" })), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
