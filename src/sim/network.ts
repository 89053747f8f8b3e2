/**
 * One address space: the internet, or a LAN behind a NAT box. Datagrams go to whoever holds the address, else to the
 * gateway of that address family; an address that nobody has swallows them.
 */
import { type Endpoint, type Ip, ipOf } from "../wire/index.ts";
import { crossingFate, crossingMs, type Link } from "./link.ts";
import type { Random } from "./random.ts";
import type { Datagram, Fate, World } from "./world.ts";

export type Family = "v4" | "v6";

export interface Receiver {
  /** True for a box, which only passes datagrams on: over a link without delay it takes them at once. */
  readonly passesOn: boolean;
  receive(datagram: Datagram, over: Network): void;
}

/** Who hangs on a network, and over which link. */
export interface Attachment {
  readonly receiver: Receiver;
  readonly link: Link;
}

export class Network {
  readonly #world: World;
  readonly #random: Random;
  readonly #addresses = new Map<Ip, Attachment>();
  readonly #gateways = new Map<Family, Attachment>();

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** Gives an address to `attachment`; one may hold several. */
  attach(ip: Ip, attachment: Attachment): void {
    if (this.#addresses.has(ip)) throw new Error(`the address ${ip} is taken`);
    this.#addresses.set(ip, attachment);
  }

  detach(ip: Ip): void {
    this.#addresses.delete(ip);
  }

  setGateway(family: Family, gateway: Attachment): void {
    this.#gateways.set(family, gateway);
  }

  /** Sends from `sender`, who must hold the source address or be a gateway. */
  send(datagram: Datagram, sender: Attachment): void {
    if (this.#addresses.get(ipOf(datagram.from)) !== sender && !this.#isGateway(sender)) this.#swallow(datagram, "spoofed");
    else this.#route(datagram, sender);
  }

  /** Puts in a datagram whatever its source says, as from a provider that lets forged ones pass. */
  inject(datagram: Datagram, link: Link): void {
    this.#route(datagram, { receiver: nobody, link });
  }

  #route(datagram: Datagram, sender: Attachment): void {
    const target = this.#addresses.get(ipOf(datagram.to)) ?? this.#gateways.get(familyOf(datagram.to));
    if (target === undefined || target === sender) return this.#swallow(datagram, "unknown-address");
    const fate = crossingFate(sender.link, target.link, this.#random);
    if (fate !== null) return this.#swallow(datagram, fate);
    const deliver = () => target.receiver.receive(datagram, this);
    const ms = crossingMs(sender.link, target.link, this.#random);
    if (ms === 0 && target.receiver.passesOn) deliver();
    else this.#world.after(ms, deliver);
    const doubled = this.#random.chance(sender.link.duplicate) || this.#random.chance(target.link.duplicate);
    if (doubled) this.#world.after(crossingMs(sender.link, target.link, this.#random), deliver);
  }

  #isGateway(sender: Attachment): boolean {
    return this.#gateways.get("v4") === sender || this.#gateways.get("v6") === sender;
  }

  #swallow(datagram: Datagram, fate: Fate): void {
    if (this.#world.watched) this.#world.note({ kind: "swallowed", at: this.#world.now, datagram, fate });
  }
}

const nobody: Receiver = { passesOn: false, receive() {} };

export function familyOf(of: Endpoint): Family {
  return of.startsWith("[") ? "v6" : "v4";
}
