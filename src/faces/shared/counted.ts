/** `1 peer`, `2 peers`, `2 mailboxes`. */
export function counted(count: number, noun: string): string {
  const ending = noun.endsWith("x") ? "es" : "s";
  return `${count} ${noun}${count === 1 ? "" : ending}`;
}
