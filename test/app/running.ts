/** Real nodes on loopback as tests drive them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createNode, type NamedEvent, type NodeOptions, type NodeParts, type RunningNode, type Subscribe } from "../../src/app/index.ts";

/** What a wait is bounded by, in ms: the slowest that is waited for is a HELLO, and machines are busy. */
const PATIENCE_MS = 8_000;

/** The path of an empty directory, gone when the test has finished. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A node on a free loopback port, in memory unless the test gives a home; it ends with the test. */
export async function running(options: NodeOptions = {}, parts: Partial<NodeParts> = {}): Promise<RunningNode> {
  const node = await createNode({ memoryOnly: options.home === undefined, listen: "127.0.0.1:0", ...options }, parts);
  onTestFinished(async () => void (await node.stop()));
  return node;
}

type EventOf<Type extends NamedEvent["type"]> = Extract<NamedEvent, { type: Type }>;

/** The next event of a type that fits. Call it before what causes the event. */
export function next<Type extends NamedEvent["type"]>(
  from: { subscribe: Subscribe },
  type: Type,
  fits: (event: EventOf<Type>) => boolean = () => true,
): Promise<EventOf<Type>> {
  const { promise, resolve, reject } = Promise.withResolvers<EventOf<Type>>();
  const timer = setTimeout(() => reject(new Error(`no ${type} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  const unsubscribe = from.subscribe((event) => {
    if (event.type === type && fits(event as EventOf<Type>)) resolve(event as EventOf<Type>);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    unsubscribe();
  });
}

/** Two nodes that are in a channel and know each other as members there; `b` has `a` as its peer. */
export async function pairIn(channel: string, a: RunningNode, b: RunningNode): Promise<void> {
  const known = Promise.all([next(a, "member-joined"), next(b, "member-joined")]);
  await a.join({ channel });
  await b.join({ channel });
  await known;
}
