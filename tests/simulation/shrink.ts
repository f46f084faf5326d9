import { simulate, type SimulationOptions, type SimulationReport } from './simulate.ts';

/**
 * The smallest number of steps after which nothing new need happen for it to go wrong, by halving: as if more steps
 * never made it right again. Gives the report of that run.
 */
export async function shrink(
  options: SimulationOptions,
  failed: SimulationReport,
): Promise<SimulationReport> {
  let least = failed;
  let right = 0;
  while (least.stepsUntilPeace - right > 1) {
    const mostSteps = Math.floor((right + least.stepsUntilPeace) / 2);
    const report = await simulate({ ...options, mostSteps });
    if (report.ok || report.stepsUntilPeace > mostSteps) right = mostSteps;
    else least = report;
  }
  return least;
}
