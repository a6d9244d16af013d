import type { CameraSource } from '@safecity/contracts';

const DEFAULT_PORTS: Record<string, string> = { 'rtsp:': '554', 'rtsps:': '322' };

/** `host:port` of a camera for messages; never user, password or path. */
export function streamAddress(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.hostname}:${parsed.port || DEFAULT_PORTS[parsed.protocol] || '554'}`;
  } catch {
    return 'the camera';
  }
}

/**
 * The URL ffmpeg gets: credentials (`user:password`, the first colon divides) are put in percent-encoded.
 * Its result is a secret.
 */
export function urlWithCredentials(source: Pick<CameraSource, 'url'>, credentials: string | null): string {
  if (!credentials) return source.url;
  const colon = credentials.indexOf(':');
  const user = colon < 0 ? credentials : credentials.slice(0, colon);
  const password = colon < 0 ? '' : credentials.slice(colon + 1);
  return source.url.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}
