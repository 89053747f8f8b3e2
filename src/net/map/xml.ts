/**
 * Reads as much XML as a gateway's descriptions need, in one pass and without anything that a text may make grow: no
 * document types, no entities but the five of XML itself, no CDATA.
 */

/** An element that holds text and no other element. */
export interface Leaf {
  /** Without its prefix. */
  readonly name: string;
  readonly text: string;
  /** The same number for leaves that lie in the same element. */
  readonly within: number;
}

const DEPTH_MAX = 32;
/** A gateway's description has some hundred. */
const ELEMENTS_MAX = 4_096;
const NAME = /^(?:[\w.-]{1,64}:)?([\w.-]{1,64})(?:\s|$)/;
const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'" };

interface Open {
  readonly name: string;
  readonly id: number;
  readonly textAt: number;
  isLeaf: boolean;
}

/** @returns null for what is not well formed, has what is not read here, or has more than its bounds */
export function leavesOf(text: string): Leaf[] | null {
  const leaves: Leaf[] = [];
  const open: Open[] = [];
  let elements = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const end = endOf(text, at);
    if (end < 0) return null;
    const tag = text.slice(at + 1, end);
    if (isSkipped(tag)) {
      at = end + 1;
      continue;
    }
    if (tag.startsWith("/")) {
      const closed = open.pop();
      if (closed === undefined || closed.name !== nameOf(tag.slice(1))) return null;
      const parent = open.at(-1);
      if (closed.isLeaf) leaves.push({ name: closed.name, text: plain(text.slice(closed.textAt, at)), within: parent?.id ?? 0 });
    } else {
      const name = nameOf(tag.endsWith("/") ? tag.slice(0, -1) : tag);
      const parent = open.at(-1);
      if (name === null || open.length === DEPTH_MAX || ++elements > ELEMENTS_MAX) return null;
      if (parent !== undefined) parent.isLeaf = false;
      if (!tag.endsWith("/")) open.push({ name, id: elements, textAt: end + 1, isLeaf: true });
    }
    at = end + 1;
  }
  return open.length === 0 && elements > 0 ? leaves : null;
}

/** Where the tag that begins at `at` ends: its `>`; -1 for one that does not end, or is not read here. */
function endOf(text: string, at: number): number {
  if (text.startsWith("<!--", at)) {
    const end = text.indexOf("-->", at + 4);
    return end < 0 ? -1 : end + 2;
  }
  return text.startsWith("<!", at) ? -1 : text.indexOf(">", at);
}

function isSkipped(tag: string): boolean {
  return tag.startsWith("?") || tag.startsWith("!--");
}

function nameOf(tag: string): string | null {
  return NAME.exec(tag)?.[1] ?? null;
}

function plain(text: string): string {
  return text.trim().replaceAll(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity] ?? entity);
}
