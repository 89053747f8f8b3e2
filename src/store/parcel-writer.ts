/** Writes what is kept of mailboxes. PROTOCOL.md §22. */
import type { MailboxChange } from "../core/index.ts";
import { fromBase64 } from "../wire/index.ts";
import type { Connection } from "./connection.ts";

export class ParcelWriter {
  readonly #statements: Statements;

  constructor(db: Connection) {
    this.#statements = prepare(db);
  }

  apply(change: MailboxChange): void {
    const run = this.#statements;
    switch (change.kind) {
      case "parcel": {
        const { id, owner, slot, at, parcel } = change.parcel;
        run.keep.run(id, owner, slot, Math.floor(at), Buffer.from(fromBase64(parcel)));
        break;
      }
      case "parcel-gone":
        run.drop.run(change.id);
        break;
      case "parcels-expired":
        run.dropOld.run(Math.floor(change.before));
        break;
      case "mailbox-owner": {
        const { nodeId, slots } = change.owner;
        run.keepOwner.run(nodeId, JSON.stringify(slots));
        run.dropOthers.run(nodeId, JSON.stringify(slots));
        break;
      }
      case "mailbox-owner-gone":
        run.dropOwner.run(change.nodeId);
        run.dropAll.run(change.nodeId);
        break;
      case "own-mailbox": {
        const { nodeId, at, addedAt } = change.mailbox;
        run.keepOwn.run(nodeId, JSON.stringify(at), Math.floor(addedAt));
        break;
      }
      case "own-mailbox-gone":
        run.dropOwn.run(change.nodeId);
        break;
      case "left-mark": {
        const { channel, nodeId, inst, seq } = change.mark;
        run.keepMark.run(channel, nodeId, inst, seq);
        break;
      }
    }
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: Connection) {
  return {
    keep: db.prepare<[string, string, string, number, Buffer]>(
      "INSERT OR IGNORE INTO parcel (id, owner, slot, at, parcel) VALUES (?, ?, ?, ?, ?)",
    ),
    drop: db.prepare<[string]>("DELETE FROM parcel WHERE id = ?"),
    dropOld: db.prepare<[number]>("DELETE FROM parcel WHERE at < ?"),
    dropOthers: db.prepare<[string, string]>("DELETE FROM parcel WHERE owner = ? AND slot NOT IN (SELECT value FROM json_each(?))"),
    dropAll: db.prepare<[string]>("DELETE FROM parcel WHERE owner = ?"),
    keepOwner: db.prepare<[string, string]>("INSERT OR REPLACE INTO mailbox_owner (node, slots) VALUES (?, ?)"),
    dropOwner: db.prepare<[string]>("DELETE FROM mailbox_owner WHERE node = ?"),
    keepOwn: db.prepare<[string, string, number]>("INSERT OR REPLACE INTO own_mailbox (node, at, added_at) VALUES (?, ?, ?)"),
    dropOwn: db.prepare<[string]>("DELETE FROM own_mailbox WHERE node = ?"),
    keepMark: db.prepare<[string, string, string, number]>(
      "INSERT OR REPLACE INTO left_mark (channel, node, inst, seq) VALUES (?, ?, ?, ?)",
    ),
  };
}
