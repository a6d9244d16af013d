/** Waits, at most until `signal` is aborted; not at all when `forMs` is not above 0. */
export function pause(forMs: number, signal: AbortSignal): Promise<void> {
  if (forMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, forMs);
    signal.addEventListener('abort', wake, { once: true });
  });
}
