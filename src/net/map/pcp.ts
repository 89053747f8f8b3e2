/** The Port Control Protocol, version 2, as far as its MAP opcode goes. RFC 6887. */
import { endpoint, type Ip, parseIp } from "../../wire/index.ts";
import { exchange, PORT } from "./exchange.ts";
import { type Granted, type MapProtocol, type Place, type Refused, refused, type Transport, type Wanted } from "./map-protocol.ts";

const VERSION = 2;
const MAP = 1;
const ANSWER = 0x80;
const SUCCESS = 0;
/** A request for MAP, and what every answer to it has; options may follow. */
const MAP_BYTES = 60;
/** RFC 6887 §7. */
const MESSAGE_BYTES_MAX = 1_100;
const NONCE_BYTES = 12;
/** IANA's numbers. */
const PROTOCOL_NUMBER: Readonly<Record<Transport, number>> = { udp: 17, tcp: 6 };

/** What a MAP request says (§11.1). Its answer repeats nonce, protocol and inside port, so that no other is taken for it. */
export interface MapRequest {
  readonly nonce: Uint8Array;
  readonly wanted: Wanted;
  readonly own: Ip;
}

/**
 * Every request for one mapping has the same nonce, also after the program was started anew: whoever does not know it, and so
 * a node that has forgotten it, can neither renew the mapping nor take it away.
 */
export class Pcp implements MapProtocol {
  readonly kind = "pcp";
  readonly #secret: (purpose: string) => Uint8Array;

  /** @param secret - 12 bytes or more for a purpose, always the same, that nobody else can know */
  constructor(secret: (purpose: string) => Uint8Array) {
    this.#secret = secret;
  }

  map(place: Place, wanted: Wanted): Promise<Granted | Refused> {
    const nonce = this.#secret(`pcp ${place.gateway} ${wanted.transport} ${wanted.port}`).subarray(0, NONCE_BYTES);
    const request = { nonce, wanted, own: place.own };
    return exchange(place, PORT, encodeMap(request), (bytes) => readMapAnswer(bytes, request));
  }

  async unmap(place: Place, wanted: Wanted): Promise<void> {
    await this.map(place, { ...wanted, lifetimeS: 0, outsidePort: 0 });
  }
}

/**
 * ```
 *  0 version 2   1 opcode   2 reserved        4 lifetime, s     8 our address, 16 bytes, ::ffff:a.b.c.d
 * 24 nonce, 12 bytes       36 protocol       40 inside port    42 outside port that we would like
 * 44 outside address that we would like, ::ffff:0.0.0.0 for any
 * ```
 */
export function encodeMap({ nonce, wanted, own }: MapRequest): Uint8Array {
  const bytes = new Uint8Array(MAP_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = MAP;
  view.setUint32(4, wanted.lifetimeS);
  bytes.set(mappedAddress(own), 8);
  bytes.set(nonce, 24);
  bytes[36] = PROTOCOL_NUMBER[wanted.transport];
  view.setUint16(40, wanted.port);
  view.setUint16(42, wanted.outsidePort);
  bytes.set(mappedAddress("0.0.0.0" as Ip), 44);
  return bytes;
}

/**
 * Reads what a gateway answers.
 * @returns null for what is no answer to this request, so that the right one is still waited for
 */
export function readMapAnswer(bytes: Uint8Array, { nonce, wanted }: MapRequest): Granted | Refused | null {
  if (bytes.length < 8 || bytes.length > MESSAGE_BYTES_MAX) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [version = 0, opcode = 0] = bytes;
  if (version === 0 && opcode >= ANSWER) return refused("gateway-refused", view.getUint16(2)); // it speaks NAT-PMP only (RFC 6886 §3.5)
  if (version !== VERSION || opcode !== (ANSWER | MAP) || bytes.length < MAP_BYTES || bytes.length % 4 !== 0) return null;
  if (!isEqual(bytes.subarray(24, 36), nonce) || bytes[36] !== PROTOCOL_NUMBER[wanted.transport] || view.getUint16(40) !== wanted.port)
    return null;
  const code = bytes[3] ?? SUCCESS;
  if (code !== SUCCESS) return refused("gateway-refused", code);
  const ip = plainAddress(bytes.subarray(44, MAP_BYTES));
  const [port, lifetimeS] = [view.getUint16(42), view.getUint32(4)];
  if (wanted.lifetimeS > 0 && (ip === null || port === 0 || lifetimeS === 0)) return refused("gateway-nonsense");
  return { outside: endpoint(ip ?? ("0.0.0.0" as Ip), port), lifetimeS, epochS: view.getUint32(8) };
}

function mappedAddress(ip: Ip): Uint8Array {
  return Uint8Array.of(...new Array<number>(10).fill(0), 0xff, 0xff, ...ip.split(".").map(Number));
}

/** An IPv4 address out of its IPv6 form; null for another. */
function plainAddress(bytes: Uint8Array): Ip | null {
  if (bytes.subarray(0, 10).some((byte) => byte !== 0) || bytes[10] !== 0xff || bytes[11] !== 0xff) return null;
  return parseIp(bytes.subarray(12).join("."));
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
