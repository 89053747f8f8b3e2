/** The way to a node of our own, in this process. */
import process from "node:process";
import { createNode } from "../app/index.ts";
import { askSecret } from "../faces/shared/ask-secret.ts";
import type { Door, StartOptions } from "../faces/shared/door.ts";

/** @throws ApiError as `createNode` */
export async function start(options: StartOptions): Promise<Door> {
  const { stdin, stderr } = process;
  const askPassphrase = () => askSecret("Passphrase: ", stdin, stderr);
  const node = await createNode({ ...options, ...(stdin.isTTY ? { askPassphrase } : {}) });
  return { api: node, subscribe: node.subscribe, ended: node.ended, own: true, close: () => node.close() };
}
