/** Keeps one port open by one protocol until it is ended, and says what came of it: `node map-client.ts nat-pmp 7667`. */
import { createSocket } from "node:dgram";
import { findPlace, hearGateway, Mapper, NatPmp, Pcp, randomBytes, surroundings, Upnp } from "../../src/net/index.ts";

const [kind = "", port = ""] = process.argv.slice(2);
const all = [new Pcp(() => randomBytes(32)), new NatPmp(), new Upnp(randomBytes)];
const mapper = new Mapper({
  ports: () => [
    { transport: "udp", port: Number(port) },
    { transport: "tcp", port: Number(port) },
  ],
  find: findPlace,
  surroundings,
  protocols: all.filter((protocol) => protocol.kind === kind),
  hear: hearGateway,
  onMapped: (transport, endpoint) => say({ transport, endpoint }),
});
const socket = createSocket("udp4");
socket.bind(Number(port), "0.0.0.0", () => mapper.begin());
socket.on("message", (bytes, { address }) => say({ heard: bytes.toString(), from: address }));
process.on("SIGTERM", () => void mapper.end().then(() => process.exit(0)));

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
