/**
 * The same by mDNS (RFC 6762) with DNS-SD (RFC 6763), which passes many firewalls and access points that stop other
 * multicast. The instance's name is the tag. Of what others say only the port counts: the address is the one that it
 * comes from. PROTOCOL.md §14.1.
 */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import type { MulticastDNS } from "multicast-dns";
import { type Endpoint, endpoint, ipOf, observedEndpoint, parseInstanceId } from "../../wire/index.ts";
import { type Beacon, type BeaconHandlers, type BeaconKind, faultCode, type Said } from "./beacon.ts";
import type { LanInterface } from "./lan-interface.ts";

const PORT = 5_353;
const SERVICE = "_ptpchat._udp.local";
/** What RFC 6762 §10 recommends for records with a host's name in them, in seconds. */
const TTL_S = 120;

type Records = readonly { readonly name: string; readonly type: string; readonly ttl?: number | undefined; readonly data?: unknown }[];

/** @param port - another one keeps tests apart */
export function mdns(port: number = PORT): BeaconKind {
  return { name: "mdns", families: ["v4"], open: (at, handlers) => MdnsBeacon.open(at, handlers, port) };
}

class MdnsBeacon implements Beacon {
  readonly #dns: MulticastDNS;
  readonly #ip: string;
  readonly #handlers: BeaconHandlers;
  #said: Said | null = null;

  private constructor(dns: MulticastDNS, ip: string, handlers: BeaconHandlers) {
    this.#dns = dns;
    this.#ip = ip;
    this.#handlers = handlers;
    dns.on("error", this.#noteFault);
    dns.on("warning", (error) => {
      if ("syscall" in error) this.#noteFault(error); // else somebody else's broken packet
    });
    dns.on("query", ({ questions = [] }) => {
      if (questions.some(asksForService)) handlers.onAsked();
    });
    dns.on("response", ({ answers = [], additionals = [] }, from: RemoteInfo) => {
      for (const said of saidIn([...answers, ...additionals])) handlers.onHeard({ tag: said.tag, endpoint: placeOf(from, said.port) });
    });
  }

  static async open(at: LanInterface, handlers: BeaconHandlers, port: number): Promise<MdnsBeacon> {
    const { default: multicastDns } = await import("multicast-dns"); // only where it is used: it costs every start a few ms
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    const dns = multicastDns({ socket, port, interface: at.ip, bind: "0.0.0.0" });
    const listening = once(socket, "listening"); // rejects on "error"
    const beacon = new MdnsBeacon(dns, at.ip, handlers);
    try {
      await listening;
    } catch (error) {
      dns.destroy();
      throw error;
    }
    return beacon;
  }

  announce(said: Said): void {
    if (this.#said?.tag !== said.tag) {
      if (this.#said !== null) this.#respond(this.#said, 0);
      this.#dns.query([{ name: SERVICE, type: "PTR" }], this.#noteFault);
    }
    this.#said = said;
    this.#respond(said, TTL_S);
  }

  /** Takes back what was said (RFC 6762 §10.1), so that browsers do not show it for two minutes more. */
  end(): void {
    if (this.#said === null) this.#dns.destroy();
    else this.#respond(this.#said, 0, () => this.#dns.destroy());
  }

  #respond({ tag, port }: Said, ttl: number, then: (error: Error | null) => void = this.#noteFault): void {
    const instance = `${tag}.${SERVICE}`;
    const host = `${tag}.local`;
    this.#dns.respond(
      {
        answers: [
          { name: SERVICE, type: "PTR", ttl, data: instance },
          { name: instance, type: "SRV", ttl, data: { port, target: host } },
          { name: instance, type: "TXT", ttl, data: "" },
          { name: host, type: "A", ttl, data: this.#ip },
        ],
      },
      then,
    );
  }

  readonly #noteFault = (error: Error | null): void => {
    if (error != null) this.#handlers.onFault(faultCode(error));
  };
}

function* saidIn(records: Records): Generator<Said> {
  for (const { name, type, ttl, data } of records) {
    if (type !== "SRV" || ttl === 0 || !name.toLowerCase().endsWith(`.${SERVICE}`)) continue;
    const tag = parseInstanceId(name.slice(0, -SERVICE.length - 1));
    const port = (data as { port?: unknown } | undefined)?.port;
    if (tag !== null && typeof port === "number" && port > 0) yield { tag, port };
  }
}

function asksForService({ name, type }: { readonly name: string; readonly type: string }): boolean {
  return name.toLowerCase() === SERVICE && (type === "PTR" || type === "ANY");
}

function placeOf({ address, port: from }: RemoteInfo, port: number): Endpoint {
  return endpoint(ipOf(observedEndpoint(address, from)), port);
}
