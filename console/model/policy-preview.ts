import type { PolicyStep } from './api-types.ts';

/** When each step of a policy happens, counted from the alarm's opening, if nobody answers. */
export interface PreviewStep {
  /** Seconds after the opening. */
  atS: number;
  step: PolicyStep;
}
const ACCEPT_S = 30;

/** A step that is repeated lasts one time to accept more with each repeat, before the next one's delay begins. */
export function policyPreview(steps: readonly PolicyStep[]): PreviewStep[] {
  let atS = 0;
  return steps.map((step) => {
    atS += step.afterS;
    const shown = { atS, step };
    atS += (step.repeat ?? 0) * (step.acceptWithinS ?? ACCEPT_S);
    return shown;
  });
}
