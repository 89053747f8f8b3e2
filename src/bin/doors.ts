/** The ways to a node, each loaded when it is taken: a command that only asks the running one starts fast. */
import type { Doors } from "../faces/shared/door.ts";

export const doors: Doors = {
  async attach(home) {
    const { attach } = await import("./attach.ts");
    return attach(home);
  },
  async start(options) {
    const { start } = await import("./start.ts");
    return start(options);
  },
  async keys(home) {
    const { keys } = await import("./keys.ts");
    return keys(home);
  },
  async repair(home, passphrase) {
    const { repair } = await import("./repair.ts");
    return repair(home, passphrase);
  },
  async backups(home) {
    const { backups } = await import("./backup.ts");
    return backups(home);
  },
  async archives() {
    const { archives } = await import("./archives.ts");
    return archives();
  },
};
