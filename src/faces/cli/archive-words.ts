/** What is wrong with a line of an archive, in words. */

const FAULTS: Readonly<Record<string, string>> = {
  "no-head": "the file does not begin as an archive does",
  "too-new": "a later ptpchat wrote the file: update this one",
  "wrong-name": "nothing in the file proves that the channel has this name",
  "line-too-long": "longer than any message",
  unproved: "no signature in the file covers it",
  "cut-off": "the file ends here, and not as an archive does: a part of it is missing",
  miscounted: "the file has not as many messages as its end says: lines were taken out or put in",
  "not-json": "damaged: not JSON",
  "not-utf8": "damaged: not UTF-8",
  "bad-data": "damaged: a field is wrong",
  "bad-signature": "changed or forged: the author did not sign this",
  "wrong-channel": "of another channel",
  "not-wanted": "older than what this node keeps of the channel, or after its author's removal",
  "too-many-logs": "more logs than a channel may have",
  "too-many-branches": "its author has written too many contradictory histories",
  "too-many-holes": "too much is missing between it and the rest",
};

/** The stable code, and what it means where that is known. */
export function faultWords(fault: string): string {
  const words = Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : undefined;
  return words === undefined ? fault : `${fault}: ${words}`;
}

/** `line 17: not-json: ...` for the first faults. */
export function faultLines(faults: readonly { readonly line: number; readonly fault: string }[], most: number): string[] {
  const lines = faults.slice(0, most).map(({ line, fault }) => `line ${line}: ${faultWords(fault)}`);
  return faults.length > most ? [...lines, "and more: --json names them"] : lines;
}
