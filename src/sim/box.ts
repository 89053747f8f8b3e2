/** A NAT box, a firewall or a plain router: hangs on an outer network and is the gateway of an inner one. */
import { type Endpoint, type Ip, ipOf } from "../wire/index.ts";
import { type Link, newLink } from "./link.ts";
import type { Translator } from "./nat.ts";
import type { Attachment, Network, Receiver } from "./network.ts";
import type { Datagram, Fate, World } from "./world.ts";

export interface BoxOptions {
  readonly name: string;
  readonly translator: Translator;
  readonly hairpin: boolean;
  readonly outer: Network;
  readonly inner: Network;
}

export class Box implements Receiver {
  readonly name: string;
  readonly passesOn = true;
  /** The link to the outer network. */
  readonly link: Link;
  readonly #world: World;
  readonly #options: BoxOptions;
  readonly #outside: Attachment;
  readonly #inside: Attachment;
  #ownIp: Ip | null = null;

  constructor(world: World, options: BoxOptions, delayMs: number) {
    this.name = options.name;
    this.#world = world;
    this.#options = options;
    this.link = newLink(delayMs);
    this.#outside = { receiver: this, link: this.link };
    this.#inside = { receiver: this, link: newLink() };
  }

  /** How the inner network knows this box. */
  get inside(): Attachment {
    return this.#inside;
  }

  get ownIp(): Ip | null {
    return this.#ownIp;
  }

  /** Takes this public address and forgets all mappings. */
  moveTo(ip: Ip): void {
    if (this.#ownIp !== null) this.#options.outer.detach(this.#ownIp);
    this.#ownIp = ip;
    this.#options.outer.attach(ip, this.#outside);
    this.#options.translator.rebind(ip);
  }

  /** Forgets all mappings: a reboot. */
  rebind(): void {
    if (this.#ownIp !== null) this.#options.translator.rebind(this.#ownIp);
  }

  /** Answers outside for a host inside that has a public address of its own. */
  represent(ip: Ip): void {
    this.#options.outer.attach(ip, this.#outside);
  }

  /** No longer answers for it. */
  dismiss(ip: Ip): void {
    this.#options.outer.detach(ip);
  }

  receive(datagram: Datagram, over: Network): void {
    if (over === this.#options.inner) this.#outward(datagram);
    else this.#inward(datagram, this.#options.translator.inward(datagram.from, datagram.to, this.#world.now));
  }

  #outward(datagram: Datagram): void {
    const own = ipOf(datagram.to) === this.#ownIp;
    if (own && !this.#options.hairpin) return this.#swallow(datagram, "no-hairpin");
    const from = this.#options.translator.outward(datagram.from, datagram.to, this.#world.now);
    if (from === null) return this.#swallow(datagram, "blocked");
    const translated = readdressed(datagram, from, datagram.to);
    if (own) this.#inward(translated, this.#options.translator.inward(from, datagram.to, this.#world.now));
    else this.#options.outer.send(translated, this.#outside);
  }

  #inward(datagram: Datagram, to: Endpoint | null): void {
    if (to === null) this.#swallow(datagram, "filtered");
    else this.#options.inner.send(readdressed(datagram, datagram.from, to), this.#inside);
  }

  #swallow(datagram: Datagram, fate: Fate): void {
    if (this.#world.watched) this.#world.note({ kind: "swallowed", at: this.#world.now, datagram, fate });
  }
}

function readdressed({ number, origin, bytes }: Datagram, from: Endpoint, to: Endpoint): Datagram {
  return { number, origin, from, to, bytes };
}
