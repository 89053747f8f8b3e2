/** Work that takes a machine's time by waiting: some at a time, in order. */

/** Begins `act` for each item as soon as fewer than `lanes` are under way; a failure is in its own promise, and stops none of the others. */
export function inLanes<Item, Result>(
  items: readonly Item[],
  lanes: number,
  act: (item: Item) => Promise<Result>,
): ReadonlyMap<Item, Promise<Result>> {
  const open = items.map((item) => ({ item, ...Promise.withResolvers<Result>() }));
  const queue = [...open];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await act(next.item).then(next.resolve, next.reject);
  };
  for (let at = 0; at < lanes; at++) void lane();
  for (const { promise } of open) promise.catch(() => {}); // whoever asks for it sees the failure
  return new Map(open.map(({ item, promise }) => [item, promise]));
}
