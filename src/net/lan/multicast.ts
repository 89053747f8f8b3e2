/**
 * Our own local multicast: a HELLO to a group, which routers do not pass on.
 *
 *   {"msg_type":"HELLO","msg_data":{"ptp":{"lan":"<tag>","port":<port>}}}
 *
 * PROTOCOL.md §14.1.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { decode, encode, endpoint, ipOf, observedEndpoint } from "../../wire/index.ts";
import { type Beacon, type BeaconHandlers, type BeaconKind, faultCode, type Said } from "./beacon.ts";
import { type LanInterface, zoneOf } from "./lan-interface.ts";

/** Beside the ports that nodes listen on (7667 and some above), since several nodes of one machine share it. */
const PORT = 7_666;
const GROUPS = { v4: "239.255.76.67", v6: "ff12::7074:7063" } as const;
/** Longer is nothing of ours. */
const BYTES_MAX = 512;

/** @param port - another one keeps tests apart */
export function multicast(port: number = PORT): BeaconKind {
  return { name: "multicast", families: ["v4", "v6"], open: (at, handlers) => MulticastBeacon.open(at, handlers, port) };
}

class MulticastBeacon implements Beacon {
  readonly #socket: Socket;
  readonly #to: { readonly group: string; readonly port: number };
  readonly #handlers: BeaconHandlers;

  private constructor(socket: Socket, to: { group: string; port: number }, handlers: BeaconHandlers) {
    this.#socket = socket;
    this.#to = to;
    this.#handlers = handlers;
    socket.on("error", (error) => handlers.onFault(faultCode(error)));
    socket.on("message", (bytes: Uint8Array, from: RemoteInfo) => {
      const said = bytes.length > BYTES_MAX ? null : saidIn(bytes);
      if (said !== null)
        handlers.onHeard({ tag: said.tag, endpoint: endpoint(ipOf(observedEndpoint(from.address, from.port)), said.port) });
    });
  }

  static async open(at: LanInterface, handlers: BeaconHandlers, port: number): Promise<MulticastBeacon> {
    const group = GROUPS[at.family];
    const socket = createSocket({ type: at.family === "v4" ? "udp4" : "udp6", reuseAddr: true, ipv6Only: at.family === "v6" });
    try {
      const listening = once(socket, "listening");
      socket.bind(port);
      await listening;
      const own = at.family === "v4" ? at.ip : `::%${zoneOf(at.ip)}`;
      socket.addMembership(group, own);
      socket.setMulticastInterface(own);
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(true); // two nodes on one machine
      return new MulticastBeacon(socket, { group: at.family === "v4" ? group : `${group}%${zoneOf(at.ip)}`, port }, handlers);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  announce({ tag, port }: Said): void {
    const bytes = encode("HELLO", { ptp: { lan: tag, port } });
    this.#socket.send(bytes.slice(), this.#to.port, this.#to.group, (error) => {
      if (error !== null) this.#handlers.onFault(faultCode(error));
    });
  }

  end(): void {
    this.#socket.close();
  }
}

function saidIn(bytes: Uint8Array): Said | null {
  const decoded = decode(bytes);
  if (!decoded.ok || decoded.message.verb !== "HELLO") return null;
  const { lan: tag, port } = decoded.message.body.ptp ?? {};
  return tag === undefined || port === undefined ? null : { tag, port };
}
