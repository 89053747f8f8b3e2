/** A proxy that runs on a host of the laboratory: `node proxy-server.ts socks5 1080 [USER PASSWORD]`. Says where it is asked to connect to. */
import { createServer } from "node:net";
import { type Listener, takeHttp, takeSocks5 } from "../net/tcp/proxy-talk.ts";

const [kind, port = "", user, password] = process.argv.slice(2);
const wanted = user === undefined || password === undefined ? null : { user, password };
const take = kind === "socks5" ? takeSocks5 : takeHttp;

const heard: Listener = { asked: { push: (asked) => say({ asked }) }, shown: { push() {} } };
const server = createServer((client) => {
  client.on("error", () => client.destroy());
  take(client, wanted, heard);
});
server.listen(Number(port), "0.0.0.0", () => say({ ready: true }));

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
