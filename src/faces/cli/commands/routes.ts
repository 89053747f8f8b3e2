/** `ptpchat routes`: who can be reached over whom. */
import { span } from "../../shared/span.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { routeJson, wayJson } from "../json-views.ts";
import { table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { routes, ways } = await call.withNode(async ({ api }) => ({ routes: await api.routes(), ways: await api.ways() }));
  if (call.json) for (const each of [...routes.map(routeJson), ...ways.map(wayJson)]) call.printJson(each);
  else if (routes.length + ways.length === 0) call.say("No routes yet: no peer has said whom it can reach.");
  else {
    const heard = routes.map(({ to, viaName, ageMs, nodeId }) => [to, viaName, `${span(ageMs)} ago`, nodeId ?? ""]);
    const signed = ways.map(({ name, hops, overNames, state }) => [name, `${hops}`, overNames.join(", "), state]);
    if (heard.length > 0) call.print(table(["PEER", "OVER", "HEARD OF", "CALLS ITSELF"], heard));
    if (signed.length > 0) call.print(table(["NODE", "HOPS", "OVER", "STATE"], signed));
  }
  return EXIT.done;
}
