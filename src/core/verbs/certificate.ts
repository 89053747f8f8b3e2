/** GETCERTIFICATE and CERTIFICATE in the bare plane: a self-signed X.509 certificate that nobody vouches for. PROTOCOL.md §8.6, §8.7. */
import { type BodyOf, base64 } from "../../wire/index.ts";
import { isQueued, post } from "../outbox.ts";
import type { Path } from "../path.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { transmitOrWait } from "../transmit.ts";

/**
 * Answers as the byte credit allows; a peer gets it with retransmission, an endpoint that never said HELLO once. One
 * answer that still waits is enough for all who asked meanwhile.
 */
export function onGetCertificate(node: NodeState, path: Path, now: Instant): void {
  const body = { certificate: base64(node.config.certificate) };
  if (path.peer === null) transmitOrWait(node, path, "CERTIFICATE", body, now);
  else if (!isQueued(path.peer, "CERTIFICATE")) post(node, path.peer, { verb: "CERTIFICATE", body, sender: null }, now);
}

export function onCertificate(node: NodeState, path: Path, body: BodyOf<"CERTIFICATE">): void {
  if (body.certificate === undefined) return;
  node.emit({ type: "certificate", peer: path.peer?.id ?? path.endpoint, certificate: body.certificate });
}
