/** What to do about a store that failed. */
export function storeRemedy(code: string | null): string {
  return code === "damaged" ? "End the node and run ptpchat repair" : "Make room on the disk, or check it";
}
