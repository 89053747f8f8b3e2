/** Asks for a passphrase at a terminal, which shows nothing of it. */
import { StringDecoder } from "node:string_decoder";
import { ApiError } from "../../app/api.ts";

/** What of a terminal is used; tests give their own. */
export type SecretInput = Pick<NodeJS.ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause" | "unshift">;

/** Far more than anybody types; bounds what a stuck key costs. */
const LETTERS_MAX = 1_024;
const KEY = {
  interrupt: "\u0003",
  end: "\u0004",
  backspace: "\b",
  enter: "\r",
  newline: "\n",
  eraseLine: "\u0015",
  delete: "\u007f",
} as const;
/** What arrow and function keys send: no letters, and nothing that belongs to a passphrase. */
const FUNCTION_KEY = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.)?/g;

/**
 * @param question - shown as it is, without an end of line
 * @throws ApiError `passphrase-needed` when the input is no terminal, or the person gave up (Ctrl+C, or Ctrl+D on nothing)
 */
export async function askSecret(question: string, input: SecretInput, output: { write(text: string): unknown }): Promise<string> {
  if (!input.isTTY) throw new ApiError("passphrase-needed", "there is no terminal to ask for a passphrase: name a file that holds it");
  input.setRawMode(true); // first: from here on the terminal echoes nothing
  output.write(question);
  try {
    return await readSecret(input);
  } finally {
    input.setRawMode(false);
    output.write("\n");
  }
}

function readSecret(input: SecretInput): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const decoder = new StringDecoder("utf8");
  const line = new SecretLine();
  const onData = (bytes: Buffer) => {
    const { outcome, rest } = line.type(decoder.write(bytes));
    if (outcome === "typing") return;
    letGo();
    if (rest !== "") input.unshift(Buffer.from(rest)); // typed ahead: for whoever reads next
    if (outcome === "done") resolve(line.text);
    else reject(new ApiError("passphrase-needed", "no passphrase was given, so nothing was done"));
  };
  const onEnd = () => {
    letGo();
    reject(new ApiError("passphrase-needed", "the terminal is gone, so nothing was done"));
  };
  const letGo = () => input.off("data", onData).off("end", onEnd).pause();
  input.on("data", onData).on("end", onEnd).resume();
  return promise;
}

/** The line being typed, with the few keys that people use to mend it. */
class SecretLine {
  #letters: string[] = [];

  get text(): string {
    return this.#letters.join("");
  }

  /** @returns whether the line is done or given up, and what was typed after that */
  type(typed: string): { outcome: "typing" | "done" | "given-up"; rest: string } {
    const letters = [...typed.replace(FUNCTION_KEY, "")];
    for (const [at, letter] of letters.entries()) {
      const rest = letters.slice(at + 1).join("");
      if (letter === KEY.enter || letter === KEY.newline) return { outcome: "done", rest };
      if (letter === KEY.interrupt || (letter === KEY.end && this.#letters.length === 0)) return { outcome: "given-up", rest };
      this.#press(letter);
    }
    return { outcome: "typing", rest: "" };
  }

  #press(letter: string): void {
    if (letter === KEY.delete || letter === KEY.backspace) this.#letters.pop();
    else if (letter === KEY.eraseLine) this.#letters = [];
    else if (letter >= " " && this.#letters.length < LETTERS_MAX) this.#letters.push(letter);
  }
}
