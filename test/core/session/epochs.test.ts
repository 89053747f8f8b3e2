/** Which keys a session seals with, and which it still opens. PROTOCOL.md §11.3. */
import { describe, expect, test } from "vitest";
import { EPOCH_KEPT_MS, EPOCHS_MAX, HANDSHAKE_MS } from "../../../src/core/limits.ts";
import type { Peer } from "../../../src/core/peer-table.ts";
import { type Epoch, type Proven, Session } from "../../../src/core/session/session.ts";
import { SessionTable } from "../../../src/core/session/session-table.ts";

/** Keys with this number as their hash. */
function epoch(hash: number, bornAt: number, confirmed = true): Epoch {
  const bytes = new Uint8Array(32).fill(hash);
  return {
    role: "initiator",
    index: hash,
    remoteIndex: hash,
    send: bytes,
    receive: bytes,
    hash: bytes,
    bornAt,
    confirmed,
    usedSince: null,
    heardAt: bornAt,
  };
}

function session(...epochs: Epoch[]): { table: SessionTable; session: Session } {
  const table = new SessionTable();
  const session = new Session({ nodeId: "n" } as Proven, {} as Peer, 0);
  table.put(session);
  for (const each of epochs) table.addEpoch(session, each);
  return { table, session };
}

describe("a session seals", () => {
  test("with its newest keys, as soon as the other end is known to have them", () => {
    expect(session(epoch(1, 0), epoch(2, 100_000)).session.sending?.index).toBe(2);
    expect(session(epoch(1, 0), epoch(2, 100_000, false)).session.sending?.index).toBe(1);
    expect(session(epoch(1, 0, false)).session.sending?.index).toBe(1);
  });

  test("with the same keys as the other end when both began a handshake at once, whichever came first", () => {
    expect(session(epoch(1, 0), epoch(2, 40)).session.sending?.index).toBe(1);
    expect(session(epoch(2, 0), epoch(1, 40)).session.sending?.index).toBe(1);
    expect(session(epoch(1, 0), epoch(2, HANDSHAKE_MS)).session.sending?.index).toBe(2);
  });
});

describe("more keys at once than are kept, as many relays bring them", () => {
  const hashes = [3, 1, 6, 2, 5, 4];
  const orders = [hashes, [...hashes].reverse(), [1, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 1]];

  test.each(orders.map((order) => [order]))("leave both ends those that they come to seal with, in the order %j too", (order) => {
    for (const confirmed of [true, false]) {
      const { session: one } = session(...order.map((hash, at) => epoch(hash, 10 * at, confirmed)));
      expect(one.epochs).toHaveLength(EPOCHS_MAX);
      for (const each of one.epochs) each.confirmed = true; // the other end seals with one of them
      expect(one.sending?.index).toBe(1);
    }
  });

  test("push out what is older first, and never what frames are sealed with", () => {
    const { session: one } = session(epoch(9, 0), epoch(1, 100, false), ...[7, 8].map((hash) => epoch(hash, HANDSHAKE_MS + 200, false)));
    expect(one.epochs.map(({ index }) => index)).toEqual([8, 7, 9]);
    expect(one.sending?.index).toBe(9);
  });
});

describe("keys that were replaced", () => {
  test("are forgotten when nothing came under them for 30 s", () => {
    const { table, session: one } = session(epoch(1, 0), epoch(2, 100_000));
    table.forgetEpochs(one, 0);
    expect(one.epochs.map((each) => each.index)).toEqual([2, 1]);
    table.forgetEpochs(one, EPOCH_KEPT_MS);
    expect(one.epochs.map((each) => each.index)).toEqual([2]);
    expect([table.at(1), table.at(2)?.session]).toEqual([undefined, one]);
  });

  test("stay while the other end seals with them", () => {
    const old = epoch(1, 0);
    const { table, session: one } = session(old, epoch(2, 100_000));
    old.heardAt = 200_000;
    table.forgetEpochs(one, 150_000);
    expect(table.at(1)?.session).toBe(one);
  });

  test("never give way to keys that the other end may not have", () => {
    const attempts = Array.from({ length: EPOCHS_MAX + 2 }, (_, at) => epoch(2 + at, 100_000 + at, false));
    const { table, session: one } = session(epoch(1, 0), ...attempts);
    expect(one.epochs).toHaveLength(EPOCHS_MAX);
    expect(one.sending?.index).toBe(1);
    expect(table.at(1)?.session).toBe(one);
  });
});
