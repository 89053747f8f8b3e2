/** SOCKS5, RFC 1928, with the name and password of RFC 1929: as much as it takes to open a connection. */
import type { TcpFailure } from "../../core/index.ts";
import { type Target, TcpError } from "./dial.ts";
import type { Credentials } from "./proxy-address.ts";
import type { ProxyTalk } from "./proxy-talk.ts";

const VERSION = 5;
const NO_CREDENTIALS = 0;
const WITH_CREDENTIALS = 2;
const NOTHING_FITS = 0xff;
const CREDENTIALS_VERSION = 1;
const CONNECT = 1;
const GRANTED = 0;
const ADDRESS_V4 = 1;
const ADDRESS_NAME = 3;
const ADDRESS_V6 = 4;
const PORT_BYTES = 2;

/** The replies of RFC 1928 §6 that say what is the matter beyond the proxy. */
const REPLIES: Readonly<Record<number, TcpFailure>> = { 3: "tcp-unreachable", 4: "tcp-unreachable", 5: "tcp-refused", 6: "tcp-silent" };

/** @throws TcpError */
export async function socks5Connect(talk: ProxyTalk, { ip, port }: Target, credentials: Credentials | null): Promise<void> {
  const methods = credentials === null ? [NO_CREDENTIALS] : [NO_CREDENTIALS, WITH_CREDENTIALS];
  talk.say(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await talk.read(2);
  if (version !== VERSION) throw new TcpError("proxy-bad-answer", `version ${version}`);
  if (method === WITH_CREDENTIALS && credentials !== null) await showCredentials(talk, credentials);
  else if (method === NOTHING_FITS)
    throw new TcpError("proxy-credentials", credentials === null ? "it wants a name and password" : "none fit");
  else if (method !== NO_CREDENTIALS) throw new TcpError("proxy-bad-answer", `method ${method}`);
  talk.ask(Uint8Array.of(VERSION, CONNECT, 0, ip.includes(":") ? ADDRESS_V6 : ADDRESS_V4, ...addressBytes(ip), port >>> 8, port & 0xff));
  await readReply(talk);
}

async function showCredentials(talk: ProxyTalk, { user, password }: Credentials): Promise<void> {
  const [name, word] = [Buffer.from(user), Buffer.from(password)];
  talk.say(Uint8Array.of(CREDENTIALS_VERSION, name.length, ...name, word.length, ...word));
  const [version, status] = await talk.read(2);
  if (version !== CREDENTIALS_VERSION) throw new TcpError("proxy-bad-answer", `credentials of version ${version}`);
  if (status !== 0) throw new TcpError("proxy-credentials", "it does not take them");
}

async function readReply(talk: ProxyTalk): Promise<void> {
  const [version, reply = 0, , type] = await talk.read(4);
  if (version !== VERSION) throw new TcpError("proxy-bad-answer", `version ${version}`);
  if (reply !== GRANTED) throw new TcpError(REPLIES[reply] ?? "proxy-refused", `reply ${reply}`);
  const length = type === ADDRESS_V4 ? 4 : type === ADDRESS_V6 ? 16 : type === ADDRESS_NAME ? (await talk.read(1))[0] : undefined;
  if (length === undefined) throw new TcpError("proxy-bad-answer", `address of type ${type}`);
  await talk.read(length + PORT_BYTES); // where the proxy speaks from: of no use to us
}

/** The bytes of an address in the form that `wire` gives it. */
function addressBytes(ip: string): number[] {
  if (!ip.includes(":")) return ip.split(".").map(Number);
  const [head = "", tail] = ip.split("%", 1)[0]?.split("::") ?? [];
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >>> 8, group & 0xff]);
}
