/**
 * From nothing to the first message delivered: makes a node, joins at a running one, sends, and says `delivered`.
 * Arguments: the endpoint to join at, the channel, and the home (absent: nothing is kept).
 */
import { createNode } from "../../src/app/index.ts";

const [at = "", channel = "", home] = process.argv.slice(2);
const node = await createNode({ ...(home === undefined ? { memoryOnly: true } : { home }), listen: "127.0.0.1:0" });
const met = Promise.withResolvers<void>();
node.subscribe((event) => {
  if (event.type === "member-joined") met.resolve();
});
await node.join({ channel, at: [at] });
await met.promise;
await node.send({ channel, text: "first", wait: "delivered", timeoutMs: 5_000 });
process.stdout.write("delivered\n");
await node.stop();
