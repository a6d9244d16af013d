/** Time for code that waits; tests give their own. */
export interface Clock {
  /** Steady time, ms. */
  nowMs(): number;
  /** Runs `act` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, act: () => void): () => void;
}

/** The machine's steady clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
