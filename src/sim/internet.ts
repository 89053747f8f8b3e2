/** The virtual internet: one public network, and sites on it whose LANs are behind any chain of boxes. */
import { type Ip, parseIp } from "../wire/index.ts";
import { BEHAVIOURS, type BehaviourName, type BoxRules, isHairpinning, openRouter, translatorFor } from "./behaviour.ts";
import { Box } from "./box.ts";
import { Conntrack } from "./conntrack.ts";
import { type Link, newLink } from "./link.ts";
import { type Attachment, type Family, Network, type Receiver } from "./network.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** Milliseconds that a datagram takes over one access link when nothing is wrong. */
export const ACCESS_MS = 10;
/** As short as RFC 4890 and home routers have it for UDP. */
const V6_FIREWALL_MS = 30_000;

export interface SiteOptions {
  /** A behaviour by name, or boxes from the outermost in; default `public`. */
  readonly behind?: BehaviourName | readonly BoxRules[];
  /** IPv6 at a site behind boxes: none (default), routed, or behind a stateful firewall. */
  readonly v6?: V6Kind;
  /** The site in whose LAN the outermost box hangs, as homes do behind a provider's NAT; default the public network. */
  readonly within?: Site;
}

export type V6Kind = "none" | "open" | "firewall";

/** A place where hosts are: a LAN behind boxes, or the public network itself. */
export interface Site {
  readonly name: string;
  readonly network: Network;
  /** From the outermost in. */
  readonly boxes: readonly Box[];
  readonly v6: Box | null;
  /** What the boxes do, in their order, and how v6 comes in: what can be reached at all is told from these. */
  readonly rules: readonly BoxRules[];
  readonly v6Kind: V6Kind;
  /** The families that a host here can speak. */
  readonly families: readonly Family[];
}

export class Internet {
  readonly network: Network;
  readonly #world: World;
  readonly #random: Random;
  /** Hosts on each LAN so far, to give out addresses. */
  readonly #inhabitants = new Map<Network, number>();
  /** LANs whose hosts have public addresses, each behind its firewall. */
  readonly #firewalled = new Map<Network, Box>();
  #v4Given = 0;
  #v6Given = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.network = new Network(world, random.fork("internet"));
  }

  site(name: string, options: SiteOptions = {}): Site {
    const behind = options.behind ?? "public";
    const rules: readonly BoxRules[] = typeof behind === "string" ? BEHAVIOURS[behind] : behind;
    const all = [...(options.within?.rules ?? []), ...rules];
    const boxes: Box[] = [];
    let network = options.within?.network ?? this.network;
    for (const [depth, each] of rules.entries()) {
      const box = this.#placeBox(`${name}/${depth}`, each, network);
      boxes.push(box.box);
      network = box.inner;
    }
    if (boxes.length === 0) return { name, network, boxes, v6: null, rules: all, v6Kind: "open", families: ["v4", "v6"] };
    const v6Kind = options.v6 ?? "none";
    const v6 = this.#placeV6(name, v6Kind, network);
    return { name, network, boxes, v6, rules: all, v6Kind, families: v6 === null ? ["v4"] : ["v4", "v6"] };
  }

  /** Gives a new host at `site` its addresses, one per family, and plugs it in. */
  plugIn(site: Site, families: readonly Family[], receiver: Receiver): { ips: Map<Family, Ip>; attachment: Attachment } {
    const link: Link = newLink(site.boxes.length === 0 ? ACCESS_MS : 0);
    const attachment = { receiver, link };
    const ips = new Map<Family, Ip>();
    for (const family of families) {
      const ip = this.#nextIp(site, family);
      ips.set(family, ip);
      site.network.attach(ip, attachment);
      if (family === "v6") site.v6?.represent(ip);
    }
    return { ips, attachment };
  }

  /** Takes a host's addresses away: it has gone elsewhere, and what is on its way to it is lost. */
  unplug(site: Site, ips: ReadonlyMap<Family, Ip>): void {
    for (const [family, ip] of ips) {
      site.network.detach(ip);
      if (family === "v6") site.v6?.dismiss(ip);
      else this.#firewalled.get(site.network)?.dismiss(ip);
    }
  }

  /** Another public address for a NAT box, all mappings lost: what a provider does at night. */
  renumber(box: Box): void {
    box.moveTo(this.#publicV4());
  }

  #placeBox(name: string, rules: BoxRules, outer: Network): { box: Box; inner: Network } {
    const inner = new Network(this.#world, this.#random.fork(`${name} lan`));
    const ip = outer === this.network ? this.#publicV4() : this.#lanIp(outer, 100);
    const translator = translatorFor(rules, ip, this.#random.fork(name));
    const delayMs = outer === this.network ? ACCESS_MS : 0;
    const box = new Box(this.#world, { name, translator, hairpin: isHairpinning(rules), outer, inner }, delayMs);
    box.moveTo(ip);
    inner.setGateway("v4", box.inside);
    if (rules.type === "firewall") this.#firewalled.set(inner, box);
    return { box, inner };
  }

  #placeV6(name: string, kind: V6Kind, inner: Network): Box | null {
    if (kind === "none") return null;
    const none = "::" as Ip;
    const translator =
      kind === "open"
        ? openRouter
        : new Conntrack({ source: "keep", straysClaim: false, lifetimeMs: V6_FIREWALL_MS }, none, this.#random.fork(`${name} v6`));
    const box = new Box(this.#world, { name: `${name}/v6`, translator, hairpin: false, outer: this.network, inner }, ACCESS_MS);
    inner.setGateway("v6", box.inside);
    return box;
  }

  #nextIp(site: Site, family: Family): Ip {
    if (family === "v6") {
      if (site.boxes.length > 0 && site.v6 === null) throw new Error(`no IPv6 at ${site.name}`);
      return this.#publicV6();
    }
    if (site.network === this.network) return this.#publicV4();
    const firewall = this.#firewalled.get(site.network);
    if (firewall === undefined) return this.#lanIp(site.network, 192);
    const ip = this.#publicV4();
    firewall.represent(ip);
    return ip;
  }

  /** From 198.18.0.0/15, which RFC 2544 keeps for tests. */
  #publicV4(): Ip {
    const at = ++this.#v4Given;
    return ipFrom(`198.${18 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`);
  }

  /** Each host has a /64 of its own. */
  #publicV6(): Ip {
    return ipFrom(`2001:db8:0:${(++this.#v6Given).toString(16)}::1`);
  }

  /** 192.168.1.n in every home and 100.64.0.n behind every CGNAT: private addresses are not unique. */
  #lanIp(network: Network, first: 100 | 192): Ip {
    const at = (this.#inhabitants.get(network) ?? 1) + 1;
    this.#inhabitants.set(network, at);
    return ipFrom(first === 100 ? `100.64.0.${at}` : `192.168.1.${at}`);
  }
}

function ipFrom(text: string): Ip {
  const ip = parseIp(text);
  if (ip === null) throw new Error(`not an IP address: ${text}`);
  return ip;
}
