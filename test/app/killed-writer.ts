/**
 * Puts the keys of a home under a passphrase, and kills itself at one of the calls that write the key file:
 *
 *   node test/app/killed-writer.ts HOME PASSPHRASE CALL
 *
 * CALL counts from 0. A write that is met is half done first. Ends with 0 when there were not so many calls.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

const [home, passphrase = "", call] = process.argv.slice(2);
let left = Number(call);

function step(): boolean {
  return left-- === 0;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;); // until the signal is here, nothing more is done
}

const { open, rename } = fs.promises;
fs.promises.rename = async (from, to) => {
  if (step()) die();
  await rename(from, to);
  if (step()) die();
};
fs.promises.open = async (...given) => {
  if (step()) die();
  const file = await open(...given);
  const { writeFile, chmod, sync, close } = file;
  file.writeFile = async (text) => {
    if (step()) {
      await writeFile.call(file, String(text).slice(0, 200));
      die();
    }
    await writeFile.call(file, text);
  };
  for (const [name, method] of Object.entries({ chmod, sync, close }))
    Reflect.set(file, name, (argument: never) => {
      if (step()) die();
      return (method as (argument: never) => Promise<void>).call(file, argument);
    });
  return file;
};
syncBuiltinESMExports();

const { changePassphrase } = await import("../../src/app/home-keys.ts");
await changePassphrase(home, { old: async () => "", next: async () => passphrase });
