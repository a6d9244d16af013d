import { backOffMs } from '../api/back-off.js';
import type { Socket, SocketOptions, SocketState } from '../api/socket.js';
import type { Alert, AlertStreamMessage, DeskPart } from '../api/types.js';
import { AlertBook } from './alert-book.js';

const FIRST_LIST = 200;
/** A stream without alerts is silent, so the list itself is asked now and then whether something was missed. */
const RECONCILE_EVERY_MS = 60_000;

/** The alerts of this session, live. Read through `useSyncExternalStore`. */
export interface AlertStream {
  readonly book: AlertBook;
  /** Where the connection stands, and since when it is lost (epoch ms) or null. */
  readonly connection: () => { state: SocketState; lostSinceMs: number | null };
  readonly subscribe: (listener: () => void) => () => void;
  /** Calls `listener` when a part of the desk has changed and must be read again. Returns the way to stop. */
  readonly onDesk: (listener: (part: DeskPart) => void) => () => void;
  /** Takes an alert that an answer has brought, without waiting for the stream. */
  readonly take: (alert: Alert) => void;
  readonly close: () => void;
}

/** How the stream reaches the server. */
export interface AlertSource {
  /** The newest alerts. */
  list: (limit: number) => Promise<Alert[]>;
  open: (options: SocketOptions) => Pick<Socket, 'reconnect' | 'close'>;
}

/** Loads the newest alerts, then follows every change after them; a broken stream resumes where it stopped. */
export function createAlertStream(source: AlertSource): AlertStream {
  const book = new AlertBook();
  const listeners = new Set<() => void>();
  const deskListeners = new Set<(part: DeskPart) => void>();
  let connection: ReturnType<AlertStream['connection']> = { state: 'connecting', lostSinceMs: null };
  let socket: ReturnType<AlertSource['open']> | null = null;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function setState(state: SocketState): void {
    const lostSinceMs = state === 'open' ? null : (connection.lostSinceMs ?? (state === 'lost' ? Date.now() : null));
    connection = { state, lostSinceMs };
    tell();
  }

  function follow(): void {
    socket = source.open({
      path: () => `/api/v1/alerts/stream?since=${book.lastEventId}`,
      onMessage: ({ data }) => {
        const message = JSON.parse(data as string) as AlertStreamMessage;
        if ('reload' in message) reload(message.reload);
        else if ('changed' in message) for (const listener of deskListeners) listener(message.changed);
        else if (book.apply(message.alert)) tell();
      },
      onState: (state) => {
        setState(state);
        // A socket cannot say why it was refused; an ordinary request can, and brings what it knows meanwhile.
        if (state === 'lost') void askInstead();
      },
    });
    timer = setTimeout(() => void reconcile(), RECONCILE_EVERY_MS);
  }

  /** More has changed than the stream tells: all is read anew, as at the beginning. */
  function reload(eventId: number): void {
    socket?.close();
    socket = null;
    clearTimeout(timer);
    book.startAnew(eventId);
    void begin(0);
  }

  async function askInstead(): Promise<void> {
    const alerts = await source.list(FIRST_LIST).catch(() => []);
    // Taken, not applied: the stream still resumes where it broke off.
    if (!closed && alerts.map((alert) => book.take(alert)).some(Boolean)) tell();
  }

  async function reconcile(): Promise<void> {
    const [resumeAt, asked] = [book.lastEventId, socket];
    const alerts = await source.list(FIRST_LIST).catch(() => []);
    if (closed || socket !== asked) return;
    // A change that the list knows and the stream has not brought means a dead stream that still looks open.
    const missed = alerts.some(({ eventId }) => eventId > resumeAt) && book.lastEventId === resumeAt;
    if (missed) socket?.reconnect();
    timer = setTimeout(() => void reconcile(), RECONCILE_EVERY_MS);
  }

  async function begin(attempt: number): Promise<void> {
    try {
      book.applyAll(await source.list(FIRST_LIST));
      if (closed) return;
      tell();
      follow();
    } catch {
      if (closed) return;
      setState('lost');
      timer = setTimeout(() => void begin(attempt + 1), backOffMs(attempt, Math.random()));
    }
  }

  void begin(0);
  return {
    book,
    connection: () => connection,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onDesk: (listener) => {
      deskListeners.add(listener);
      return () => deskListeners.delete(listener);
    },
    take: (alert) => {
      if (book.take(alert)) tell();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
