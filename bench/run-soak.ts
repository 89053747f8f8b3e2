/** npm run soak. Shows the figures of both floods; {@link soak} says what they are. */
import { parseArgs } from "node:util";
import { endChildren } from "./child.ts";
import { tableOf } from "./figures.ts";
import { reportOf, soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    handshakes: { type: "string", default: "10000" },
    frames: { type: "string", default: "50000" },
  },
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => void endChildren().then(() => process.exit(code)));
}
try {
  for (const [kind, perSecond] of [
    ["handshakes", Number(values.handshakes)],
    ["frames", Number(values.frames)],
  ] as const) {
    if (perSecond === 0) continue;
    const report = reportOf(kind, perSecond, await soak({ kind, perSecond, forMs: Number(values.seconds) * 1_000 }));
    console.log(`${tableOf(report)}\n`);
    if (report.figures.some((figure) => figure.met === false)) process.exitCode = 1;
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await endChildren();
}
