import { type ConnectionOptions, connect, type NatsConnection } from 'nats';

/**
 * Connects to one NATS URL or a comma-separated list, `nats://user:password@host:4222`. The client takes host and port
 * only, so user, password and `tls://` are taken out of the URL for it.
 */
export async function connectNats(urls: string, options: ConnectionOptions): Promise<NatsConnection> {
  const servers = urls.split(',').map((url) => new URL(url.includes('://') ? url.trim() : `nats://${url.trim()}`));
  const named = servers.find(({ username }) => username !== '');
  const account = named ? { user: decodeURIComponent(named.username), pass: decodeURIComponent(named.password) } : {};
  const tls = servers.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {};
  return connect({ ...options, ...account, ...tls, servers: servers.map(({ host }) => host) });
}
