/** Many rounds of kills, over several pairs of daemons at a time: each waits more than it computes. */
import { Random } from "../../src/sim/random.ts";
import { Pair } from "./pair.ts";
import { POINTS, type Point } from "./points.ts";

/** A pair begins anew after so many rounds, so that its history stays within what one look reads. */
const PAIR_ROUNDS = 24;

export interface RoundsOptions {
  readonly rounds: number;
  /** Pairs at a time. */
  readonly lanes: number;
  readonly seed: number;
  readonly onRound?: (report: Report) => void;
  /** Ends it before its time: those under way are finished. */
  readonly signal?: AbortSignal;
}

export interface Report {
  rounds: number;
  /** How often a daemon died at each point, as it noted itself. */
  readonly kills: Map<Point, number>;
  saved: number;
  delivered: number;
  readonly faults: string[];
}

export async function killInRounds({ rounds, lanes, seed, onRound, signal }: RoundsOptions): Promise<Report> {
  const report: Report = { rounds: 0, kills: new Map(POINTS.map((point) => [point, 0])), saved: 0, delivered: 0, faults: [] };
  let next = 0;
  const take = (): Point | undefined => (next < rounds && signal?.aborted !== true ? POINTS[next++ % POINTS.length] : undefined);
  const ran = (): void => {
    report.rounds++;
    onRound?.(report);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane, new Random(seed + lane), take, report, ran)));
  return report;
}

async function runLane(lane: number, random: Random, take: () => Point | undefined, report: Report, ran: () => void): Promise<void> {
  for (let point = take(); point !== undefined; ) {
    const pair = await Pair.begin(`127.0.71.${1 + lane}`, random);
    try {
      let isSound = true;
      for (let left = PAIR_ROUNDS; left > 0 && isSound && point !== undefined; left--) {
        isSound = await pair.round(point);
        ran();
        point = take();
      }
      if (isSound) await pair.settle();
    } finally {
      note(report, pair);
      await pair.end();
    }
  }
}

function note(report: Report, pair: Pair): void {
  for (const point of pair.kills()) report.kills.set(point, (report.kills.get(point) ?? 0) + 1);
  report.saved += pair.told.saved;
  report.delivered += pair.told.delivered;
  report.faults.push(...pair.faults);
}
