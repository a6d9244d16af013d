import { useSyncExternalStore } from 'react';
import { serverClock } from '../api/server-clock.js';

const listeners = new Set<() => void>();
let second = Math.floor(serverClock.nowMs() / 1000);
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  const now = Math.floor(serverClock.nowMs() / 1000);
  if (now === second) return;
  second = now;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 100);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's time in whole seconds (epoch ms); the component is drawn again each second. */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => second) * 1000;
}
