/** Asking for keys, and answering: rows 27 and 28. PROTOCOL.md §19.5. */
import { describe, expect, test } from "vitest";
import { keyWords, openBox, recipientsIn } from "../../../src/core/private/boxes.ts";
import { prekeyId } from "../../../src/core/private/prekeys.ts";
import { answerTo, type KeyAnswer, type KeyQuestion, KeySearch, otkOf } from "../../../src/core/private/repair.ts";
import { base32, type RandomBytes } from "../../../src/crypto/index.ts";
import { sodiumCrypto as crypto, randomBytes } from "../../../src/crypto/sodium/index.ts";
import type { Endpoint, NodeId } from "../../../src/wire/index.ts";
import { LOBBY } from "../log/author.ts";
import { Circle, keylessDisk, nodeIdOf, savedBy, shownAt } from "./gathering.ts";

const keyPair = (seed: number) => crypto.ed25519KeyPair(new Uint8Array(32).fill(seed));
const nodeId = (seed: number) => base32(keyPair(seed).publicKey) as NodeId;
const [AUTHOR, ASKER, HELPER, EVE] = [1, 2, 3, 4];
const name = { channel: LOBBY, author: nodeId(AUTHOR), epoch: 7 };
const ends = { asker: nodeId(ASKER), answerer: nodeId(HELPER) };
const KEY = new Uint8Array(32).fill(9);
const random: RandomBytes = randomBytes;

function asked(): { search: KeySearch; question: KeyQuestion } {
  const search = new KeySearch(crypto, random, ends.asker, keyPair(ASKER), LOBBY);
  const awaited = [{ author: name.author, epoch: name.epoch, count: 2 }];
  search.ask(awaited, [], 0);
  const [first] = search.ask(awaited, [ends.answerer], 3_000);
  if (first === undefined) throw new Error("nothing was asked");
  return { search, question: first.question };
}

function answerOf(question: KeyQuestion, signer = HELPER, to = ends): KeyAnswer & { readonly key: string } {
  const otk = otkOf(crypto, name, ends, question) as Uint8Array;
  return answerTo(crypto, random, keyPair(signer), name, to, question, otk, KEY) as KeyAnswer & { key: string };
}

describe("row 28: somebody in the middle of a question", () => {
  test("finds its signature wrong with any other key, epoch, author, asker, answerer or nonce", () => {
    const { question } = asked();
    expect(otkOf(crypto, name, ends, question)).toHaveLength(32);
    const other = asked().question;
    for (const changed of [{ otk: other.otk }, { nonce: other.nonce }, { sig: other.sig }])
      expect(otkOf(crypto, name, ends, { ...question, ...changed }), Object.keys(changed).join()).toBeNull();
    expect(otkOf(crypto, { ...name, epoch: 8 }, ends, question)).toBeNull();
    expect(otkOf(crypto, { ...name, author: nodeId(EVE) }, ends, question)).toBeNull();
    expect(otkOf(crypto, name, { ...ends, asker: nodeId(EVE) }, question)).toBeNull();
    expect(otkOf(crypto, name, { ...ends, answerer: nodeId(EVE) }, question)).toBeNull();
  });

  test("cannot answer in another's place, nor change the answer", () => {
    const { search, question } = asked();
    const answer = answerOf(question);
    expect(search.open(answer, answer.key, nodeId(EVE)), "from another end").toBeNull();
    const eves = answerOf(question, EVE);
    expect(search.open(eves, eves.key, ends.answerer), "signed by another").toBeNull();
    const other = answerOf(asked().question);
    expect(search.open(answer, other.key, ends.answerer), "another box").toBeNull();
    expect(search.open({ ...answer, epoch: 8 }, answer.key, ends.answerer)).toBeNull();
    expect(search.open(answer, answer.key, ends.answerer)).toEqual({ name, key: KEY });
    expect(search.open(answer, answer.key, ends.answerer), "twice").toBeNull();
  });
});

describe("asking", () => {
  test("goes to the author first, then to each once, and to nobody twice within half a minute", () => {
    const search = new KeySearch(crypto, random, ends.asker, keyPair(ASKER), LOBBY);
    const awaited = [{ author: name.author, epoch: name.epoch, count: 1 }];
    const present = [ends.answerer, nodeId(EVE), name.author];
    const told: (string | undefined)[] = [];
    for (let now = 0; now < 60_000; now += 1_000) for (const { to } of search.ask(awaited, present, now)) told.push(to);
    expect(told[0]).toBe(name.author);
    expect(new Set(told.slice(0, 3))).toEqual(new Set(present));
    expect(told.length).toBeLessThanOrEqual(2 * present.length);
    expect(search.missing()).toEqual([{ author: name.author, count: 1, asked: 3 }]);
  });

  test("has no more than sixteen questions open, however many keys are missing", () => {
    const search = new KeySearch(crypto, random, ends.asker, keyPair(ASKER), LOBBY);
    const awaited = Array.from({ length: 300 }, (_, epoch) => ({ author: name.author, epoch: epoch + 1, count: 1 }));
    search.ask(awaited, [name.author], 0);
    expect(search.ask(awaited, [name.author], 3_000)).toHaveLength(16);
    expect(search.ask(awaited, [name.author], 3_100)).toHaveLength(0);
  });
});

describe("a box", () => {
  const prekey = crypto.x25519KeyPair(new Uint8Array(32).fill(70));
  const recipient = { node: ends.asker, prekey: { id: prekeyId(crypto, prekey.publicKey), publicKey: prekey.publicKey } };
  const pairOf = (id: string) => (id === recipient.prekey.id ? prekey : null);

  test("opens for whom it is, and for that author, channel and epoch alone", () => {
    const [event] = keyWords(crypto, random, name, KEY, [recipient]);
    if (event === undefined) throw new Error("one box");
    expect(openBox(crypto, name, event, ends.asker, pairOf)).toEqual(KEY);
    expect(openBox(crypto, name, event, nodeId(EVE), pairOf)).toBeNull();
    expect(openBox(crypto, { ...name, author: nodeId(EVE) }, event, ends.asker, pairOf)).toBeNull();
    expect(openBox(crypto, { ...name, epoch: 8 }, event, ends.asker, pairOf)).toBeNull();
    expect(openBox(crypto, name, event, ends.asker, () => null)).toBeNull();
  });

  test("is left out for a prekey that is no point of the curve, and the others get theirs", () => {
    const bad = { node: nodeId(EVE), prekey: { id: "0".repeat(16), publicKey: new Uint8Array(32) } };
    const [event] = keyWords(crypto, random, name, KEY, [bad, recipient]);
    expect(event === undefined ? [] : recipientsIn(event)).toEqual([ends.asker]);
  });

  test("goes with others into events of 128", () => {
    const all = keyWords(
      crypto,
      random,
      name,
      KEY,
      Array.from({ length: 300 }, () => recipient),
    );
    expect(all.map((event) => recipientsIn(event).length)).toEqual([128, 128, 44]);
  });
});

describe("row 27: a member that answers with a wrong key", () => {
  test("changes nothing of what was said or by whom, and the next one is asked", () => {
    const circle = new Circle(4);
    const [, author, liar, victim] = circle.hosts;
    if (author === undefined || liar === undefined || victim === undefined) throw new Error("four");
    circle.say(author, "what I said");
    circle.world.run(2_000);
    const epoch = Number(
      savedBy(author)
        .find(({ kind }) => kind === "key")
        ?.details.find(([each]) => each === "epoch")?.[1],
    );
    liar.shelf.keepSenderKey({
      channel: circle.place.genesis,
      author: nodeIdOf(author),
      epoch,
      key: new Uint8Array(32).fill(66),
      at: 1_790_000_000_000,
    });
    circle.world.crash(author);
    circle.restart(2); // so that it looks up what it thinks is the key
    circle.world.loses = ({ from, to }) => [from, to].includes(circle.owner.endpoint as Endpoint);
    circle.restart(3, keylessDisk(victim));
    circle.world.run(40_000);
    expect(circle.at(3).dropped("bad-key")).toBeGreaterThan(0);
    expect(circle.at(3).posts()).toEqual([]);
    circle.say(circle.at(3), "so that something is kept");
    circle.world.run(1_000);
    expect(circle.at(3).shelf.senderKey(circle.place.genesis, nodeIdOf(author), epoch), "kept").toBeNull();
    circle.world.loses = () => false;
    circle.world.run(90_000);
    expect(shownAt(circle.at(3), circle.place.genesis)).toEqual(["what I said", "so that something is kept"]);
    expect(
      circle
        .at(3)
        .saw("post")
        .flatMap(({ author: by, own }) => (own ? [] : [by])),
    ).toEqual([nodeIdOf(author)]);
  });
});
