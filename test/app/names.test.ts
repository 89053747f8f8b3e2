import { describe, expect, test } from "vitest";
import { ContactBook } from "../../src/app/contact-book.ts";
import { KnownNodes } from "../../src/app/known-nodes.ts";
import { Names } from "../../src/app/names.ts";
import { NICKS_MAX, NOBODY_QUIET, type NodeEvent } from "../../src/core/index.ts";
import { base32 } from "../../src/crypto/index.ts";
import { openMemoryStore } from "../../src/store/index.ts";

/** An id that begins with these letters; `end` tells those with the same beginning apart. */
function idOf(beginning: string, end = 0): string {
  const letters = `${beginning}${"0".repeat(48 - beginning.length)}${end.toString(8).padStart(3, "0")}0`;
  expect(letters).toHaveLength(52);
  return letters;
}

const OWN = base32(new Uint8Array(32).fill(9));
const [ADA, BOB] = [idOf("3F2A"), idOf("B0B")];

function made(known = new KnownNodes()) {
  const contacts = new ContactBook(openMemoryStore(), new Uint8Array(32).fill(9));
  return { known, contacts, names: new Names(known, contacts, NOBODY_QUIET) };
}

describe("a name", () => {
  test("of a contact is the user's own for it, whatever it calls itself", async () => {
    const { known, contacts, names } = made();
    known.meet(BOB, "mallory");
    await contacts.add(BOB, "bob", 1);
    expect(names.who(BOB)).toEqual({ name: "@bob", contact: "bob", contactVerified: false, quiet: null });
    await contacts.confirm(BOB, "number", 2);
    expect(names.who(BOB)).toMatchObject({ name: "@bob", contactVerified: true });
    await contacts.remove("@bob");
    expect(names.who(BOB)).toEqual({ name: "mallory~B0B0", contact: null, contactVerified: false, quiet: null });
  });

  test("of any other node is its nick and the first letters of its id", () => {
    const { known, names } = made();
    known.meet(ADA, "ada");
    expect(names.of(ADA)).toBe("ada~3F2A");
    known.meet(ADA, "lady ada");
    expect(names.of(ADA)).toBe("lady_ada~3F2A");
  });

  test("of a node that calls itself nothing, or nothing that can be shown, is letters of its id", () => {
    const { known, names } = made();
    expect(names.of(ADA)).toBe("~3F2A0000");
    known.meet(ADA, "\u202e");
    expect(names.of(ADA)).toBe("~3F2A0000");
  });

  test("of a bare peer is its endpoint, with a question mark", () => {
    const { names } = made();
    expect(names.who("203.0.113.5:7667")).toEqual({ name: "?203.0.113.5:7667", contact: null, contactVerified: false, quiet: null });
    expect(names.of("[2001:db8::5]:7667")).toBe("?[2001:db8::5]:7667");
  });

  test("is never that of another node: as many letters are shown as tell the two apart", () => {
    const { known, names } = made();
    const forged = idOf("3F2A000000007", 1);
    known.meet(ADA, "ada");
    known.meet(forged, "ada");
    expect([names.of(ADA), names.of(forged)]).toEqual(["ada~3F2A000000000", "ada~3F2A000000007"]);
    known.meet(idOf("3F2A", 1), "eve");
    expect(names.of(ADA)).toBe(`ada~${ADA.slice(0, 51)}`);
  });

  test("never looks like one of another kind", () => {
    const { known, names } = made();
    for (const nick of ["@bob", "?203.0.113.5:7667", "ada~3F2A", "you: hello\n14:03 @bob"]) {
      known.meet(BOB, nick);
      expect(names.of(BOB)).toMatch(/^[^@?~:\s]*~B0B0$/);
    }
  });
});

describe("events", () => {
  const post = { type: "post", id: "", channelId: "", own: false, at: 0, text: "", verified: true, kept: true } as const;

  test("get the names of those whom they are about", () => {
    const { known, names } = made();
    known.meet(ADA, "ada");
    expect(names.event({ ...post, author: ADA } as never)).toMatchObject({ author: ADA, authorName: "ada~3F2A" });
    expect(names.event({ ...post, author: "203.0.113.5:1" } as never)).toMatchObject({ authorName: "?203.0.113.5:1" });
    const traffic = { type: "traffic", direction: "in", endpoint: "203.0.113.5:1", socket: 0, verb: null, text: "" };
    expect(names.event({ ...traffic, session: ADA } as never)).toMatchObject({ sessionName: "ada~3F2A" });
    expect(names.event(traffic as never)).not.toHaveProperty("sessionName");
    for (const type of ["peer-up", "peer-down", "session-up", "session-down", "path", "clock-skew", "member-joined", "member-left"])
      expect(names.event({ type, peer: ADA } as unknown as NodeEvent)).toMatchObject({ name: "ada~3F2A" });
    expect(names.event({ type: "joined", channelId: "" as never, name: "lobby" })).toEqual({
      type: "joined",
      channelId: "",
      name: "lobby",
    });
  });
});

describe("what a person types for a node", () => {
  test.each([
    ["its id", ADA, ADA],
    ["its id in small letters", ADA.toLowerCase(), ADA],
    ["its name", "ada~3F2A", ADA],
    ["its name in another case, with more letters", "ADA~3f2a00", ADA],
    ["letters of its id only", "~3F2A", ADA],
    ["O for 0", "bob~BOBO", BOB],
  ])("may be %s", (_, word, nodeId) => {
    const { known, names } = made();
    known.meet(ADA, "ada");
    known.meet(BOB, "bob");
    expect(names.nodeOf(word)).toBe(nodeId);
  });

  test("is not taken for a node when nobody, or more than one, is called so", () => {
    const { known, names } = made();
    known.meet(ADA, "ada");
    known.meet(idOf("3F2A000000007"), "ada");
    expect(() => names.nodeOf("bob~3F2A")).toThrow(expect.objectContaining({ code: "no-such-peer" }));
    expect(() => names.nodeOf("ada~3F2")).toThrow(expect.objectContaining({ code: "no-such-peer" }));
    expect(() => names.nodeOf("ada~3F2A")).toThrow(expect.objectContaining({ code: "usage", message: expect.stringContaining(ADA) }));
    expect(names.nodeOf("ada~3F2A000000007")).toBe(idOf("3F2A000000007"));
    expect(() => names.nodeOf("@ada")).toThrow(expect.objectContaining({ code: "no-such-contact" }));
  });

  test("as a nick alone is not taken, since anybody may have it; but who might be meant is said", () => {
    const { known, names } = made();
    known.meet(ADA, "ada");
    expect(() => names.nodeOf("Ada")).toThrow(expect.objectContaining({ code: "usage", message: expect.stringContaining("ada~3F2A?") }));
  });

  test("for a peer may be an endpoint as it is shown, or anything that is no name", () => {
    const { names } = made();
    expect(names.resolve("?203.0.113.5:7667")).toBe("203.0.113.5:7667");
    for (const word of ["203.0.113.5", "chat.example.org:7667", "localhost"]) expect(names.resolve(word)).toBe(word);
  });
});

describe("nicks", () => {
  test("of those of whom a text is kept are to be kept with it, each once", () => {
    const known = new KnownNodes();
    expect(known.remember(ADA)).toBeNull();
    known.meet(ADA, "ada");
    expect([known.remember(ADA), known.remember(ADA)]).toEqual(["ada", null]);
    known.meet(ADA, "lady");
    expect(known.remember(ADA)).toBe("lady");
  });

  test("that were kept name their owners while they are away", () => {
    const { names } = made(new KnownNodes([{ nodeId: ADA, nick: "ada", at: 1 }]));
    expect(names.of(ADA)).toBe("ada~3F2A");
  });

  test("of authors are not pushed out by any number of visitors, nor are those taken for them", () => {
    const { known, names } = made(new KnownNodes([{ nodeId: ADA, nick: "ada", at: 1 }]));
    for (let n = 0; n < 40_000; n++) known.meet(base32(Uint8Array.of(...Buffer.from(n.toString().padStart(32)))), `visitor ${n}`);
    expect(names.of(ADA)).toBe("ada~3F2A");
    known.meet(idOf("3F2A7"), "ada");
    expect(names.of(ADA)).toBe("ada~3F2A0");
  });

  test("of authors are bounded as well", () => {
    const known = new KnownNodes();
    for (let n = 0; n <= NICKS_MAX; n++) {
      const id = base32(Uint8Array.of(...Buffer.from(n.toString().padStart(32))));
      known.meet(id, `author ${n}`);
      known.remember(id);
    }
    expect(new Names(known, made().contacts, NOBODY_QUIET).of(OWN)).toMatch(/^~/);
    expect(known.called(`author_${NICKS_MAX}`)).toHaveLength(1);
  });
});
