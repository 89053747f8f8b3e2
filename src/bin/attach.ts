/** The way to the node that runs on a home. */
// Not through app's door: that loads a whole node, which takes longer than most commands do.
import { connectToNode } from "../app/rpc-client.ts";
import type { Door } from "../faces/shared/door.ts";

/** @throws ApiError `no-daemon`, `home-unreadable` */
export async function attach(home: string | undefined): Promise<Door> {
  const node = await connectToNode({ home });
  return { api: node, subscribe: node.subscribe, ended: node.ended, own: false, close: () => node.close() };
}
