/** The door of the line chat. */
import { ApiError } from "../../app/api.ts";
import type { Door, Doors, StartOptions } from "../shared/door.ts";
import { endOnSignal } from "../shared/end-on-signal.ts";
import { safeText } from "../shared/safe-text.ts";
import { Chat } from "./chat.ts";
import { type Clock, realClock } from "./clock.ts";
import { quietLine, Screen, type ScreenStreams } from "./screen.ts";

/**
 * Chats until the person quits: on the node that runs on this home, else on one of our own, which ends with the chat.
 * @returns the exit code
 * @throws ApiError when no node could be started
 */
export async function chat(options: StartOptions, streams: ScreenStreams, doors: Doors, clock = realClock): Promise<number> {
  let quit = () => {};
  const wantsToQuit = new Promise<"quit">((resolve) => {
    quit = () => resolve("quit");
  });
  const forgetSignals = endOnSignal(quit);
  try {
    // Before the screen takes the terminal, since a passphrase may be asked for.
    const door = await open(options, (text) => streams.output.write(`${quietLine(text, streams.colour)}\n`), doors);
    return await talkOver(door, streams, clock, quit, wantsToQuit);
  } finally {
    forgetSignals();
  }
}

async function talkOver(door: Door, streams: ScreenStreams, clock: Clock, quit: () => void, wantsToQuit: Promise<"quit">): Promise<number> {
  let begun: Chat | null = null;
  const early: string[] = [];
  const screen = new Screen(streams, {
    onLine: (line) => (begun === null ? early.push(line) : begun.type(line)),
    onEnd: quit,
    complete: (line) => begun?.complete(line) ?? [],
  });
  try {
    const talk = new Chat(door, screen, clock, quit);
    await talk.begin();
    begun = talk;
    for (const line of early) talk.type(line);
    screen.begin();
    return await untilEnd(talk, door, screen, wantsToQuit);
  } finally {
    screen.end();
  }
}

async function untilEnd(talk: Chat, door: Door, screen: Screen, wantsToQuit: Promise<"quit">): Promise<number> {
  const why = await Promise.race([wantsToQuit, door.ended.then(() => "ended" as const)]);
  if (why === "ended") {
    screen.quiet("the node has ended");
    return 1;
  }
  await Promise.race([talk.settle(), door.ended]);
  if (door.own) screen.quiet("saying goodbye to the channels' members");
  await door.close();
  return 0;
}

async function open(options: StartOptions, say: (text: string) => void, doors: Doors): Promise<Door> {
  try {
    const door = await doors.attach(options.home);
    await applyTo(door, options, say);
    return door;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "no-daemon") throw error;
    say("starting your node");
    return doors.start(options);
  }
}

/** What was asked for at a start, done to a node that runs already. */
async function applyTo(door: Door, { listen, name, caFile, peers }: StartOptions, say: (text: string) => void): Promise<void> {
  const given = { "--listen": listen, "--name": name, "--ca": caFile };
  const ignored = Object.entries(given).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  if (ignored.length > 0) say(`a node runs here already, so ${ignored.join(" and ")} changes nothing; ptpchat stop ends it`);
  for (const peer of peers) {
    await door.api.connect({ peer }).catch((error: unknown) => {
      say(`not connected to ${safeText(peer)}: ${safeText(error instanceof Error ? error.message : String(error))}`);
    });
  }
}
