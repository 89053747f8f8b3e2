/** Shows where words that were sought stand: *so*. */

export function marked(text: string, marks: readonly (readonly [start: number, end: number])[]): string {
  let shown = "";
  let at = 0;
  for (const [start, end] of marks) {
    shown += `${text.slice(at, start)}*${text.slice(start, end)}*`;
    at = end;
  }
  return shown + text.slice(at);
}
