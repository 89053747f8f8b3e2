/** The way to a node of our own, in this process. */
import { createNode } from "../app/index.ts";
import type { Door, StartOptions } from "../faces/shared/door.ts";

/** @throws ApiError as `createNode` */
export async function start(options: StartOptions): Promise<Door> {
  const node = await createNode(options);
  return { api: node, subscribe: node.subscribe, ended: node.ended, own: true, close: () => node.close() };
}
