import pino, { type Logger } from 'pino';

export type { Logger } from 'pino';

const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s"']*@/gi;

/** Blanks user and password of every URL in a text: `rtsp://admin:secret@host/` becomes `rtsp://***@host/`. */
export function redactCredentials(text: string): string {
  return text.replace(CREDENTIALS, '$1***@');
}

/**
 * A JSON logger on stderr for one service. Level from `SAFECITY_LOG_LEVEL` (default `info`). Credentials in URLs are
 * blanked in the finished line, so that no call site can leak one.
 */
export function createLogger(service: string, destination: { write(line: string): void } = process.stderr): Logger {
  const stream = { write: (line: string) => void destination.write(redactCredentials(line)) };
  return pino(
    { name: service, level: process.env['SAFECITY_LOG_LEVEL'] ?? 'info', base: { service }, timestamp: pino.stdTimeFunctions.isoTime },
    stream,
  );
}
