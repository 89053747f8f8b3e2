/** The user's `connect`: a path to a peer, and whether a node has proved itself at its end. */
import type { DirectKind, NodeEvent, Ref } from "../core/index.ts";
import { type Endpoint, type Ip, type NodeId, parseEndpoint, parseNodeId } from "../wire/index.ts";
import { ApiError, type Connected } from "./api.ts";
import type { Engine } from "./engine.ts";

/** A handshake takes two round trips; who has not begun one by then knows only the seed. */
const HANDSHAKE_WAIT_MS = 1_000;
/** Who has proved its key gets the rest of the handshake several times within this; after it, it does not want us. */
const LET_IN_WAIT_MS = 4_000;

/** `connect` once its words are read. */
export interface Asked {
  readonly to: Ip | Endpoint | NodeId;
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
    const nodeId = parseNodeId(to) ?? (await nodeAt(engine, won.peer, Math.max(1, timeoutMs - ms)));
    const name = engine.names.of(nodeId ?? won.peer);
    return { ...won, ms, nodeId, name, refused: engine.warnings.refusalAt(won.peer, began) };
  } catch (error) {
    path.catch(() => {}); // it may still be waiting
    throw because(error, engine.warnings.refusalAt(to, began));
  }
}

function pathWhen(event: NodeEvent, to: string): { readonly peer: Endpoint; readonly path: DirectKind } | undefined {
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

/**
 * The node that holds a session with us at an endpoint, or is about to; null when none does.
 * @throws ApiError `not-connected` with reason `not-let-in` when one has proved its key, and does not take ours
 */
async function nodeAt(engine: Engine, endpoint: Endpoint, mostMs: number): Promise<string | null> {
  const there = sessionAt(engine, endpoint);
  if (there !== null) return there;
  const came = await handshakeAt(engine, endpoint, Math.min(HANDSHAKE_WAIT_MS, mostMs));
  if (came !== undefined || provenAt(engine, endpoint) === null) return came ?? null;
  const elsewhere = sessionAt(engine, endpoint); // its handshake came over another way, and it proved itself at this one then
  if (elsewhere !== null) return elsewhere;
  const late = await handshakeAt(engine, endpoint, Math.min(LET_IN_WAIT_MS, mostMs));
  if (late === undefined) throw noPath(endpoint, "not-let-in");
  return late;
}

/** The node that we hold a session with, at an endpoint. */
function sessionAt(engine: Engine, endpoint: Endpoint): string | null {
  const there = provenAt(engine, endpoint);
  return there !== null && engine.sessions.has(there) ? there : null;
}

/** The node that has proved its key at an endpoint. */
function provenAt(engine: Engine, endpoint: Endpoint): string | null {
  return engine.core.peers(engine.now).find((peer) => peer.endpoint === endpoint && peer.kind === "full")?.id ?? null;
}

/** What the next handshake there brings: a node, null when it is refused; undefined when none ends in time. */
function handshakeAt(engine: Engine, endpoint: Endpoint, mostMs: number): Promise<string | null | undefined> {
  const when = (event: NodeEvent) => (event.type === "session-up" ? event.peer : event.type === "session-refused" ? null : undefined);
  const late = () => new ApiError("timeout", `no handshake with ${endpoint}`);
  return engine.waits.until(`handshake at ${endpoint}`, mostMs, when, late).catch(() => undefined);
}

/** A refusal says more than that nothing was heard. */
function because(error: unknown, refusal: string | null): unknown {
  if (refusal === null || !(error instanceof ApiError) || error.code === "stopping") return error;
  return new ApiError("not-connected", error.message, refusal);
}

function noPath(to: string, reason: string): ApiError {
  return new ApiError("not-connected", `no path to ${to} came about`, reason);
}
