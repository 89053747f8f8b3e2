/** `ptpchat getcertificate`: asks a peer for its certificate. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

/** RFC 7468: base64 in lines of 64. */
const PEM_LINE = /.{1,64}/g;

export async function run(call: Call): Promise<ExitCode> {
  const timeoutMs = call.given.timeoutMs;
  const request = { peer: call.given.word(0), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const { peer, certificate } = await call.withNode(({ api }) => api.getcertificate(request));
  if (call.json) call.printJson({ peer, certificate });
  else call.print(pem(certificate));
  return EXIT.done;
}

/** A certificate as PEM, made of what decodes as base64 and nothing else, so it is safe to show. */
function pem(base64: string): string {
  const clean = Buffer.from(base64, "base64").toString("base64");
  return ["-----BEGIN CERTIFICATE-----", ...(clean.match(PEM_LINE) ?? []), "-----END CERTIFICATE-----"].join("\n");
}
