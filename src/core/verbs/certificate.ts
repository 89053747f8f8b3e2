/** GETCERTIFICATE and CERTIFICATE in the bare plane: a self-signed X.509 certificate that nobody vouches for. PROTOCOL.md §8.6, §8.7. */
import type { BodyOf } from "../../wire/index.ts";
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
  node.emit({ type: "certificate", peer: path.peer?.id ?? path.endpoint, certificate: body.certificate });
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let digit = 0; digit < 4; digit++) text += digit <= left ? DIGITS[(group >> (18 - 6 * digit)) & 63] : "=";
  }
  return text;
}
