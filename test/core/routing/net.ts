/** Nodes in one channel, of whom each hears only those that a drawing says. */
import type { ContactNodes, NodeConfig } from "../../../src/core/index.ts";
import type { Endpoint } from "../../../src/wire/index.ts";
import { joins } from "../said.ts";
import { full, idOf } from "../session/full.ts";
import { type Host, World } from "../world.ts";

export class Net {
  readonly world = new World();
  readonly #hosts = new Map<string, Host>();
  readonly #edges = new Set<string>();

  /** @param drawing - edges between names of one letter: `ab bc` is a line of three */
  constructor(drawing: string) {
    for (const edge of drawing.split(" ")) this.join(edge);
    this.world.loses = ({ from, to }) => !this.#edges.has(this.#edgeOf(from, to));
  }

  get names(): string[] {
    return [...this.#hosts.keys()];
  }

  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  id(name: string): string {
    return idOf(this.host(name));
  }

  /** Makes the nodes in the order of the names; each calls those before it that it hears, and enters the channel. */
  begin(names: string, configOf: (name: string) => Partial<NodeConfig> = () => ({})): this {
    for (const name of names) {
      const at = this.#hosts.size + 1;
      this.#hosts.set(name, full(this.world, `198.51.100.${at}:7667`, at, configOf(name)));
    }
    for (const name of names) this.#call(name);
    return this;
  }

  #call(name: string): void {
    const before = this.names.filter((other) => other < name && this.#edges.has([other, name].join("")));
    this.host(name).command(joins(before.map((other) => this.host(other).endpoint)));
  }

  join(edge: string): void {
    this.#edges.add([...edge].sort().join(""));
  }

  cut(edge: string): void {
    this.#edges.delete([...edge].sort().join(""));
  }

  /** Nobody hears it any more, and it nobody. */
  isolate(name: string): void {
    for (const edge of [...this.#edges]) if (edge.includes(name)) this.cut(edge);
  }

  run(ms: number): this {
    this.world.run(ms);
    return this;
  }

  #edgeOf(from: Endpoint, to: Endpoint): string {
    const nameAt = (endpoint: Endpoint) => this.names.find((name) => this.host(name).ip === endpoint.slice(0, endpoint.lastIndexOf(":")));
    return [nameAt(from), nameAt(to)].sort().join("");
  }
}

export function contactsOf(ids: () => readonly string[]): ContactNodes {
  return { has: (id) => ids().includes(id), all: () => ids() };
}
