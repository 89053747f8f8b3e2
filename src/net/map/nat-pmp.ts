/** NAT-PMP, which routers spoke before PCP, and many still do. RFC 6886. */
import { endpoint, type Ip, parseIp } from "../../wire/index.ts";
import { exchange, PORT } from "./exchange.ts";
import { type Granted, type MapProtocol, type Place, type Refused, refused, type Transport, type Wanted } from "./map-protocol.ts";

const VERSION = 0;
const ADDRESS = 0;
const OPCODE: Readonly<Record<Transport, number>> = { udp: 1, tcp: 2 };
const ANSWER = 0x80;
const ADDRESS_BYTES = 12;
const MAP_BYTES = 16;

/** The gateway's outside address. */
export interface OutsideAddress {
  readonly ip: Ip;
  readonly epochS: number;
}

export interface MappedPort {
  readonly port: number;
  readonly lifetimeS: number;
  readonly epochS: number;
}

export class NatPmp implements MapProtocol {
  readonly kind = "nat-pmp";

  async map(place: Place, wanted: Wanted): Promise<Granted | Refused> {
    const address = await exchange(place, PORT, encodeAddressRequest(), readAddressAnswer);
    if ("reason" in address) return address;
    const mapped = await exchange(place, PORT, encodeMapRequest(wanted), (bytes) => readMapAnswer(bytes, wanted));
    if ("reason" in mapped) return mapped;
    return { outside: endpoint(address.ip, mapped.port), lifetimeS: mapped.lifetimeS, epochS: mapped.epochS };
  }

  /** Outside port and lifetime 0 (§3.4). */
  async unmap(place: Place, wanted: Wanted): Promise<void> {
    const end = { ...wanted, outsidePort: 0, lifetimeS: 0 };
    await exchange(place, PORT, encodeMapRequest(end), (bytes) => readMapAnswer(bytes, end));
  }
}

/** `0 version 0   1 opcode 0` (§3.2). */
export function encodeAddressRequest(): Uint8Array {
  return Uint8Array.of(VERSION, ADDRESS);
}

/** `0 version   1 opcode + 128   2 result   4 epoch, s   8 address`; null for what is no such answer. */
export function readAddressAnswer(bytes: Uint8Array): OutsideAddress | Refused | null {
  const head = readHead(bytes, ADDRESS, ADDRESS_BYTES);
  if (head === null || "reason" in head) return head;
  const ip = parseIp(bytes.subarray(8, ADDRESS_BYTES).join("."));
  return ip === null ? null : { ip, epochS: head.epochS };
}

/** `0 version   1 opcode: 1 UDP, 2 TCP   2 reserved   4 inside port   6 outside port wanted   8 lifetime, s` (§3.3). */
export function encodeMapRequest({ transport, port, outsidePort, lifetimeS }: Wanted): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  bytes[1] = OPCODE[transport];
  view.setUint16(4, port);
  view.setUint16(6, outsidePort);
  view.setUint32(8, lifetimeS);
  return bytes;
}

/** `0 version   1 opcode + 128   2 result   4 epoch, s   8 inside port   10 outside port   12 lifetime, s`; null for another. */
export function readMapAnswer(bytes: Uint8Array, { transport, port, lifetimeS: asked }: Wanted): MappedPort | Refused | null {
  const head = readHead(bytes, OPCODE[transport], MAP_BYTES);
  if (head === null || "reason" in head) return head;
  const view = viewOf(bytes);
  if (view.getUint16(8) !== port) return null;
  const mapped = { port: view.getUint16(10), lifetimeS: view.getUint32(12), epochS: head.epochS };
  return asked > 0 && (mapped.port === 0 || mapped.lifetimeS === 0) ? refused("gateway-nonsense") : mapped;
}

/** An answer that says no may end after the epoch. */
function readHead(bytes: Uint8Array, opcode: number, length: number): { epochS: number } | Refused | null {
  if (bytes.length < 8 || bytes.length > MAP_BYTES || bytes[0] !== VERSION || bytes[1] !== (ANSWER | opcode)) return null;
  const view = viewOf(bytes);
  const code = view.getUint16(2);
  if (code !== 0) return refused("gateway-refused", code);
  return bytes.length === length ? { epochS: view.getUint32(4) } : null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
