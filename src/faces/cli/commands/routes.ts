/** `ptpchat routes`: who can be reached over whom. */
import { span } from "../../shared/span.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { routeJson } from "../json-views.ts";
import { table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const routes = await call.withNode(({ api }) => api.routes());
  if (call.json) for (const route of routes) call.printJson(routeJson(route));
  else if (routes.length === 0) call.say("No routes yet: no peer has said whom it can reach.");
  else {
    const rows = routes.map(({ to, viaName, ageMs, nodeId }) => [to, viaName, `${span(ageMs)} ago`, nodeId ?? ""]);
    call.print(table(["PEER", "OVER", "HEARD OF", "CALLS ITSELF"], rows));
  }
  return EXIT.done;
}
