/** Resolves after `ms`. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `isTrue`. @throws Error that names `what` after `limitMs` */
export async function until(isTrue: () => boolean, what: string, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`${what}: nothing within ${limitMs / 1000} s, look at the log of ingest`);
    await pause(100);
  }
}
