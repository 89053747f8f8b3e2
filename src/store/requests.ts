/**
 * Nodes that want to talk and are no contacts, as the store on disk has them: in `meta` under `requests`, a list in JSON, `[node, at]` of
 * each in the order in which they asked. They are few, so they need no table.
 */
import type { Statement } from "better-sqlite3-multiple-ciphers";
import { REQUESTS_MAX, type TalkRequest } from "../core/index.ts";
import { parseNodeId } from "../wire/index.ts";
import type { Connection } from "./connection.ts";

export const NO_REQUESTS = "[]";

/** Asks for the list. */
export function readRequests(db: Connection): Statement<[], string> {
  return db.prepare<[], string>("SELECT value FROM meta WHERE name = 'requests'").pluck() as Statement<[], string>;
}

export function requestsText(requests: readonly TalkRequest[]): string {
  return JSON.stringify(requests.map(({ node, at }) => [node, at]));
}

/** Those that read: what does not must keep nothing else from being kept. */
export function requestsIn(text: string): TalkRequest[] {
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? rows.flatMap((row) => requestOf(row) ?? []) : [];
  } catch {
    return [];
  }
}

/** With one more, where it is none of them and there is room. */
export function withRequest(requests: readonly TalkRequest[], { node, at }: TalkRequest): readonly TalkRequest[] {
  const isKnown = requests.some((each) => each.node === node);
  return isKnown || requests.length >= REQUESTS_MAX ? requests : [...requests, { node, at: Math.floor(at) }];
}

function requestOf(row: unknown): TalkRequest | null {
  const [id, at] = Array.isArray(row) ? (row as unknown[]) : [];
  const node = typeof id === "string" ? parseNodeId(id) : null;
  return node === null || !Number.isSafeInteger(at) ? null : { node, at: at as number };
}
