/** A node in the foreground: one JSON line when it is ready, a log on stderr, an orderly end at a signal. */
import process from "node:process";
import type { Status } from "../../app/api.ts";
import { unresolvedWords } from "../shared/connect-words.ts";
import type { StartOptions } from "../shared/door.ts";
import { endOnSignal } from "../shared/end-on-signal.ts";
import { safeText } from "../shared/safe-text.ts";
import { Seldom } from "../shared/seldom.ts";
import type { Call } from "./call.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { readyJson } from "./json-views.ts";
import { logLine } from "./log-line.ts";
import { protectionWords, tcpWords } from "./words.ts";

export async function runNode(call: Call, options: StartOptions): Promise<ExitCode> {
  const log = (text: string) => call.say(`${new Date().toISOString()} ${text}`);
  let ending = false;
  let end = () => {
    ending = true; // a signal while the node starts: it ends as soon as it has
  };
  const forgetSignals = endOnSignal((signal) => {
    log(`${signal}: ending`);
    end();
  });
  log(`starting${options.rendezvous ? " a rendezvous" : ""}`);
  const door = await call.world.doors.start(options);
  const refused = new Seldom();
  door.subscribe((event) => {
    const text = logLine(event);
    if (text === null || (event.type === "session-refused" && !refused.may(text, performance.now()))) return;
    log(text);
  });
  end = () => void door.close();
  if (ending) end();
  const status = await door.api.status().catch(() => null); // null: it was ended meanwhile
  if (status !== null && !ending) call.printJson(readyJson(status));
  if (status !== null) warnOfOpenKeys(options, status, log);
  if (status !== null && status.peers.unresolved.length > 0) log(safeText(unresolvedWords(status.peers.unresolved)));
  if (status !== null) log(`node ${status.nodeId} listens on udp ${status.udp}, ${tcpWords(status.tcp)}, home ${status.home}`);
  await door.ended;
  forgetSignals();
  log("ended");
  return EXIT.done;
}

/** Whoever names a passphrase takes the keys for protected. */
function warnOfOpenKeys({ passphraseFile }: StartOptions, { keyProtection }: Status, log: (text: string) => void): void {
  const named = passphraseFile ?? process.env.PTPCHAT_PASSPHRASE_FILE;
  if (named && keyProtection === "os-user") log(`warning: ${named} was not used, the keys are ${protectionWords(keyProtection)}`);
}
