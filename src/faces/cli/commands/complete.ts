/** `ptpchat __complete -- WORDS`: what may follow, one a line, for the completion scripts. */
import type { Call } from "../call.ts";
import { candidates, type Names } from "../completion.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { given, world } = call;
  const names = async (use: (names: Names) => Promise<string[]>, home: string | undefined): Promise<string[]> => {
    try {
      const door = await world.doors.attach(home);
      try {
        return await use({
          channels: async () => door.api.channels(),
          peers: async () => door.api.peers(),
          contacts: async () => door.api.contacts(),
        });
      } finally {
        await door.close();
      }
    } catch {
      return []; // no node: nothing to offer, and a TAB is no place for an error
    }
  };
  for (const candidate of await candidates(given.words, names)) call.print(candidate);
  return EXIT.done;
}
