/** A store whose disk fails while the logs ask it. */
import { expect, test } from "vitest";
import { ChannelLog } from "../../../src/core/log/channel-log.ts";
import { WatchedReader } from "../../../src/core/log/watched-reader.ts";
import { StoreError } from "../../../src/core/store.ts";
import { Author, crypto, LOBBY } from "./author.ts";
import { Shelf } from "./shelf.ts";

class FailingShelf extends Shelf {
  fails = false;

  override branchOf(...asked: Parameters<Shelf["branchOf"]>): number | null {
    if (this.fails) throw new StoreError("damaged", "a page is damaged");
    return super.branchOf(...asked);
  }

  override range(...asked: Parameters<Shelf["range"]>) {
    if (this.fails) throw new StoreError("damaged", "a page is damaged");
    return super.range(...asked);
  }
}

test("what cannot be read is neither held nor new: no log is parted by it, and it is told", () => {
  const [shelf, ada, codes] = [new FailingShelf(), new Author(1), [] as string[]];
  const events = ada.batch(9);
  const before = new ChannelLog(LOBBY, crypto, shelf);
  for (const event of [...events].reverse()) shelf.give(before, before.receive(event, "a neighbour"));
  shelf.flush(before);
  const log = new ChannelLog(LOBBY, crypto, new WatchedReader(shelf, (code) => codes.push(code)));
  log.restore([...shelf.logs.values()]);
  shelf.fails = true;
  const [middle, last] = [events[4], events[8]];
  if (middle === undefined || last === undefined) throw new Error("nine were written");
  expect(log.receive(ada.sign(middle), "a neighbour")).toEqual({ kind: "refused", reason: "unreadable" });
  expect(log.isHeld(middle)).toBe(false);
  expect(log.chain({ ...ada, author: ada.id, from: 1, to: 9, id: last.id }, 9)).toEqual([]);
  expect(log.isForked({ author: ada.id, inst: ada.inst })).toBe(false);
  expect(log.takeChanged()).toEqual([]);
  expect(new Set(codes)).toEqual(new Set(["damaged"]));
  shelf.fails = false;
  expect(log.receive(ada.sign(middle), "a neighbour")).toEqual({ kind: "held" });
});

test("a mistake of ours is no fault of the disk", () => {
  const shelf = new Shelf();
  shelf.event = () => {
    throw new TypeError("ours");
  };
  expect(() => new WatchedReader(shelf, () => {}).event(LOBBY, "" as never)).toThrow("ours");
});
