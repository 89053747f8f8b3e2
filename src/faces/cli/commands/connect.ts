/** `ptpchat connect`: reaches a peer and shows how. */
import { randomInt } from "node:crypto";
import { ApiError } from "../../../app/api.ts";
import { connectedLines, failureWords, reasonWords, stepWords } from "../../shared/connect-words.ts";
import type { ConnectStep } from "../../shared/door.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { connectedJson, stepJson } from "../json-views.ts";

/** References are told apart among the clients of one node; JSON numbers are exact below this. */
const REF_MAX = 2 ** 47;

export async function run(call: Call): Promise<ExitCode> {
  const began = performance.now();
  const elapsed = () => Math.round((performance.now() - began) * 10) / 10;
  const via = call.given.text("via");
  const timeoutMs = call.given.timeoutMs;
  const ref = randomInt(1, REF_MAX);
  const request = {
    peer: call.given.word(0),
    ref,
    ...(via === undefined ? {} : { via }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  return call.withNode(async ({ api, subscribe }) => {
    subscribe((event) => {
      if (event.type === "connect" && event.ref === ref) printStep(call, event.step, elapsed());
    });
    try {
      const connected = await api.connect(request);
      if (call.json) call.printJson(connectedJson(connected));
      else for (const line of connectedLines(connected)) call.print(line);
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "not-connected") throw error;
      if (call.json) call.printJson({ connected: false, reason: error.reason, message: error.message, ms: elapsed() });
      else call.say(`ptpchat: not connected. ${safeText(reasonWords(error) ?? error.message)}`);
      return EXIT.failed;
    }
  });
}

function printStep(call: Call, step: ConnectStep, ms: number): void {
  if (call.json) call.printJson(stepJson(step, ms));
  else if (step.step === "failed") call.print(`${inMs(ms)} failed: ${failureWords(step.reason).split(":", 1)[0]}`);
  else call.print(`${inMs(ms)} ${safeText(stepWords(step))}`);
}

function inMs(ms: number): string {
  return `${ms.toFixed(1).padStart(8)} ms`;
}
