/** The user's `connect`: a path to a peer, and whether a node has proved itself at its end. */
import type { NodeEvent, Ref } from "../core/index.ts";
import { type Endpoint, type Ip, parseEndpoint } from "../wire/index.ts";
import { ApiError, type Connected } from "./api.ts";
import type { Engine } from "./engine.ts";

/** A handshake takes two round trips; who has not finished one by then knows only the seed, or does not let us in. */
const HANDSHAKE_WAIT_MS = 1_000;

/** `connect` once its words are read. */
export interface Asked {
  readonly to: Ip | Endpoint;
  readonly via: Endpoint | null;
  readonly ref: Ref;
  readonly timeoutMs: number;
}

/** @throws ApiError `not-connected`, `timeout` or `stopping` */
export async function connectTo(engine: Engine, asked: Asked): Promise<Connected> {
  const { to, via, ref, timeoutMs } = asked;
  const [begun, began] = [engine.now, Date.now()];
  const path = engine.waits.until(
    `ref ${ref}`,
    timeoutMs,
    (event) => pathWhen(event, to),
    () => new ApiError("timeout", `${to} was not reached within ${timeoutMs / 1_000} s`),
  );
  const refused = refusedForGood(engine, asked);
  engine.command({ kind: "connect", ref, to, via });
  try {
    const won = await Promise.race([path, refused]);
    const ms = Math.round(engine.now - begun);
    const nodeId = await nodeAt(engine, won.peer, Math.min(HANDSHAKE_WAIT_MS, Math.max(1, timeoutMs - ms)));
    const name = engine.names.of(nodeId ?? won.peer);
    return { ...won, ms, nodeId, name, refused: engine.warnings.refusalAt(won.peer, began) };
  } catch (error) {
    path.catch(() => {}); // it may still be waiting
    throw because(error, engine.warnings.refusalAt(to, began));
  }
}

function pathWhen(event: NodeEvent, to: string): { readonly peer: Endpoint; readonly path: "direct" | "punched" } | undefined {
  if (event.type !== "connect") return undefined;
  const { step } = event;
  if (step.step === "failed") throw noPath(to, step.reason);
  return step.step === "direct" ? { peer: step.peer, path: step.path } : undefined;
}

/** Fails when whoever is there proved its key and can never get in; otherwise it is of no account. */
function refusedForGood({ waits, config }: Engine, { to, timeoutMs }: Asked): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (parseEndpoint(to) === null) return promise;
  const when = (event: NodeEvent) => {
    if (event.type !== "session-refused") return true;
    if (event.reason !== "self" && !config.certificates.pinned) return undefined; // perhaps it is reached in the clear
    throw noPath(to, event.reason);
  };
  const never = () => noPath(to, "no-answer");
  waits.until(`handshake at ${to as Endpoint}`, timeoutMs, when, never).catch(reject);
  promise.catch(() => {}); // whether anybody still waits or not
  return promise;
}

/** The node that holds a session with us at an endpoint, or is about to; null when none does. */
async function nodeAt(engine: Engine, endpoint: Endpoint, waitMs: number): Promise<string | null> {
  const there = engine.core.peers(engine.now).find((peer) => peer.endpoint === endpoint && peer.kind === "full");
  if (there !== undefined && engine.sessions.has(there.id)) return there.id;
  const when = (event: NodeEvent) => (event.type === "session-up" ? event.peer : event.type === "session-refused" ? null : undefined);
  return engine.waits.until(`handshake at ${endpoint}`, waitMs, when, () => new ApiError("timeout", "no handshake")).catch(() => null);
}

/** A refusal says more than that nothing was heard. */
function because(error: unknown, refusal: string | null): unknown {
  if (refusal === null || !(error instanceof ApiError) || error.code === "stopping") return error;
  return new ApiError("not-connected", error.message, refusal);
}

function noPath(to: string, reason: string): ApiError {
  return new ApiError("not-connected", `no path to ${to} came about`, reason);
}
