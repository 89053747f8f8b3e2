/**
 * Removed means removed: whatever statements come in whatever order, between whatever else happens, no key goes to who has no role, and nothing is sealed with
 * a key that somebody has who had none at any time since it was made. Roles are those of the rules as they are written down (role-model.ts). Rows 23 and 24.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event } from "../../../src/core/log/event.ts";
import { Roles } from "../../../src/core/log/roles.ts";
import type { Position, Statement } from "../../../src/core/log/statement.ts";
import { epochIn, recipientsIn } from "../../../src/core/private/boxes.ts";
import { PREKEY, prekeyWords } from "../../../src/core/private/prekeys.ts";
import { sealingOf } from "../../../src/core/private/sealing.ts";
import type { NodeReader } from "../../../src/core/private/secret-store.ts";
import { Secrets } from "../../../src/core/private/secrets.ts";
import { sodiumCrypto as crypto, randomBytes } from "../../../src/crypto/sodium/index.ts";
import { Random } from "../../../src/sim/random.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { Author, LOBBY } from "../log/author.ts";
import { coversFork, type History, Model, NODES, OWNER, positionsOf, randomHistory, shuffled } from "../log/role-model.ts";
import { runs } from "../log/scale.ts";

const RUNS = runs(1_500, 50_000);
/** The nodes of the model by names that nodes have. */
const NAMES = new Map(NODES.map((node, at) => [node, new Author(at + 1).id]));
const real = (node: NodeId): NodeId => NAMES.get(node) as NodeId;
const realAt = (at: Position): Position => ({ ...at, author: real(at.author) });
const realStatement = (statement: Statement): Statement => ({ ...statement, by: realAt(statement.by), node: real(statement.node) });

type Step = "statement" | "prekey" | "seal" | "duties";

class Run {
  readonly roles: Roles;
  readonly secrets: Secrets;
  readonly #self: NodeId;
  readonly #history: History;
  readonly #random: Random;
  readonly #order: Statement[];
  readonly #come: Statement[] = [];
  readonly #published = new Map<NodeId, Event[]>();
  /** For whom each epoch was sealed, and who of them had no role at some time since it was made. */
  readonly #boxed = new Map<number, Set<NodeId>>();
  readonly #lost = new Map<number, Set<NodeId>>();
  #clock = 1_000;

  constructor(seed: number, self: NodeId) {
    this.#random = new Random(seed);
    this.#self = self;
    const { charter, statements } = randomHistory(this.#random);
    this.#history = { charter: { ...charter, others: "none" }, statements };
    this.#order = shuffled(statements, this.#random).map((each, at) => (each.kind === "grant" ? { ...each, at: 10 + at } : each));
    this.roles = new Roles({ owner: real(OWNER), others: "none", name: "", isPrivate: true }, coversFork);
    const reader = { published: (_: unknown, node: NodeId) => this.#published.get(node) ?? [], prekeys: () => [], senderKey: () => null };
    const options = {
      crypto,
      random: randomBytes,
      channel: LOBBY,
      self: real(self),
      reader: reader as unknown as NodeReader,
      roles: () => this.roles,
    };
    this.secrets = new Secrets(options);
  }

  step(step: Step): void {
    if (step === "statement") this.#learn();
    else if (step === "prekey") this.#publish(this.#random.pick(NODES));
    else if (step === "duties") this.#check(this.secrets.duties(0));
    else if (this.#readers().includes(this.#self)) this.#seal();
  }

  #learn(): void {
    const statement = this.#order.shift();
    if (statement === undefined) return;
    this.#come.push(statement);
    this.#give(statement);
    this.secrets.noteRoles();
    const readers = this.#readers().map(real);
    for (const [epoch, boxed] of this.#boxed) for (const node of boxed) if (!readers.includes(node)) this.#lost.get(epoch)?.add(node);
  }

  #give(statement: Statement): void {
    const again = this.roles.add(realStatement(statement));
    if (again !== null) for (const each of this.#come.filter(({ by }) => real(by.author) === again)) this.#give(each);
  }

  /** Who may read by the rules, as far as statements have come. */
  #readers(): NodeId[] {
    const model = new Model({ ...this.#history, statements: this.#come }, coversFork);
    return NODES.filter((node) => model.roleAt({ author: node, inst: "new" as never, seq: 1, id: "new" as never }) !== "none");
  }

  #publish(node: NodeId): void {
    const place = realAt(this.#random.pick(positionsOf(node)));
    const pair = crypto.x25519KeyPair(new Uint8Array(this.#random.bytes(32)));
    const event = { ...place, channel: LOBBY, ...prekeyWords(pair.publicKey) } as Event;
    this.#published.set(real(node), [event, ...(this.#published.get(real(node)) ?? [])]);
    this.secrets.take(event, 0);
    this.secrets.noteKept(event);
  }

  #seal(): void {
    this.#check(this.secrets.prepare(0, this.#clock++));
    const { sealed } = this.secrets.seal({ kind: "post", text: "x", details: [] });
    const epoch = sealingOf(sealed)?.epoch ?? 0;
    expect([...(this.#lost.get(epoch) ?? [])], "had the key, and lost its role").toEqual([]);
  }

  /** Of what is written, boxes are for those alone who may read. */
  #check(written: readonly { readonly kind: string; readonly details: Event["details"] }[]): void {
    const readers = this.#readers().map(real);
    for (const event of written.filter(({ kind }) => kind !== PREKEY)) {
      const epoch = epochIn(event) ?? 0;
      const boxed = this.#boxed.get(epoch) ?? new Set();
      this.#boxed.set(epoch, boxed);
      if (!this.#lost.has(epoch)) this.#lost.set(epoch, new Set());
      for (const node of recipientsIn(event)) {
        expect(readers, "has a role").toContain(node);
        boxed.add(node);
      }
    }
  }
}

test("no epoch is sealed to who was removed, and nothing in one that such a node can open, in every order of events", {
  timeout: 120_000,
}, () => {
  const step = fc.constantFrom<Step>("statement", "prekey", "seal", "duties");
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(OWNER, ...NODES), fc.array(step, { minLength: 20, maxLength: 80 }), (seed, self, steps) => {
      const run = new Run(seed, self);
      for (const each of steps) run.step(each);
    }),
    { numRuns: RUNS },
  );
});
