/** People and devices take their time; only actors wait like this, never a check. */
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
