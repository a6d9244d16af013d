/**
 * Runs `close` once when the process is asked to end (SIGINT, SIGTERM) or its parent is gone (IPC channel closed), then
 * exits 0, or 1 when `close` failed. A second signal ends at once, and so does a `close` that takes over 10 s.
 */
export function onShutdown(close: () => Promise<void>): void {
  let closing = false;
  const end = () => {
    if (closing) process.exit(1);
    closing = true;
    setTimeout(() => process.exit(1), 10_000).unref();
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  if (process.connected) process.once('disconnect', end);
}
