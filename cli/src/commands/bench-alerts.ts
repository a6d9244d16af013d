import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { percentile } from '@safecity/bench';
import { type AlertMessage, parseCamera, subjects } from '@safecity/contracts';
import { type Bus, connectBus, createLogger } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { DEFAULT_SITE, provisionSite, type Sql } from '@safecity/vms-api';
import type { Command } from 'commander';
import { withOwnServers } from '../own-servers.js';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

const CAMERAS = 100;
const TICK_MS = 20;
const DRAIN_MS = 120_000;
const logger = createLogger('bench', { write: () => undefined });

const cameraId = (index: number) => `cam-${index % CAMERAS}`;

function site() {
  const cameras = Array.from({ length: CAMERAS }, (_, index) => ({
    ...parseCamera({ id: cameraId(index), name: `Camera ${index}`, unitId: 'city', source: { url: 'rtsp://8.8.8.8/bench' } }),
  }));
  return { facts: DEFAULT_SITE, units: [{ id: 'city', name: 'City' }], cameras };
}

function alertOf(index: number): AlertMessage {
  const nowMs = Date.now();
  const reason = { text: { vi: '7 người ≥ 5 người', en: '7 people ≥ 5 people' }, measures: [] };
  const finding: AlertMessage['findings'][number] = {
    ...{ id: randomUUID(), type: 'crowd-occupancy', ruleId: 'rule-1', ruleName: 'Crowd', cameraId: cameraId(index), configRevision: 1 },
    ...{ trackIds: [], subject: { kind: 'zone', id: 'zone-1' }, startMs: nowMs, raisedAtMs: nowMs, confidence: 0.8, reason, moments: [] },
  };
  return {
    ...{ alertId: randomUUID(), revision: 1, phase: 'opened', kind: 'incident', type: 'crowd-occupancy', severity: 'high' },
    ...{ cameraId: cameraId(index), startMs: nowMs, updatedMs: nowMs, confidence: 0.8, reason, findings: [finding], simulated: true },
  };
}

/** Publishes at an even rate, as rules does. Returns how many were acknowledged by the bus. */
async function publish(bus: Bus, rate: number, seconds: number, onProgress: (share: number) => void): Promise<number> {
  const [total, beganMs, sending] = [rate * seconds, Date.now(), new Set<Promise<void>>()];
  let [sent, acknowledged] = [0, 0];
  while (sent < total) {
    const due = Math.min(total, Math.floor(((Date.now() - beganMs) / 1000) * rate));
    for (; sent < due; sent++) {
      const alert = alertOf(sent);
      const one = bus.publishDurable(subjects.alerts(alert.cameraId), alert, alert.alertId).then(() => {
        acknowledged++;
        sending.delete(one);
      });
      sending.add(one);
    }
    onProgress(sent / total);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(sending);
  return acknowledged;
}

const countOf = async (sql: Sql) => Number((await sql`SELECT count(*) AS n FROM alerts`)[0]?.['n']);

interface Figures {
  published: number;
  stored: number;
  lost: number;
  /** Of a write: the transaction with the alert, its history and what is to be delivered, flushed to disk. */
  writeMs: { p50: number; p95: number; p99: number };
  /** After the last alert was published, until all were stored. */
  drainMs: number;
}

async function measure(bus: Bus, sql: Sql, writes: number[], options: { rate: number; seconds: number }): Promise<Figures> {
  const progress = new Progress();
  const published = await publish(bus, options.rate, options.seconds, (share) => progress.update('alerts', share));
  const beganMs = Date.now();
  await waitFor(async () => (await countOf(sql)) >= published, { what: 'all alerts to be stored', timeoutMs: DRAIN_MS }).catch(
    () => undefined,
  );
  progress.done();
  const stored = await countOf(sql);
  const of = (share: number) => percentile(writes, share);
  const writeMs = { p50: of(50), p95: of(95), p99: of(99) };
  return { published, stored, lost: published - stored, writeMs, drainMs: Date.now() - beganMs };
}

async function bench({ rate, seconds }: { rate: string; seconds: string }): Promise<void> {
  const writes: number[] = [];
  await withOwnServers({ name: 'bench-alerts', durable: true, logger }, async ({ natsUrl, databaseUrl, sql, keyFile, startApi }) => {
    await provisionSite({ databaseUrl, keyFile, site: site() });
    await startApi({ onAlertStored: (tookMs: number) => void writes.push(tookMs) });
    const bus = await connectBus({ url: natsUrl, name: 'bench', logger });
    const wanted = { rate: positive('rate', rate), seconds: positive('seconds', seconds) };
    const figures = await measure(bus, sql, writes, wanted).finally(() => bus.close());
    const { p50, p95, p99 } = figures.writeMs;
    process.stderr.write(
      `${figures.published} alerts at ${rate}/s: write p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; lost ${figures.lost}; stored ${figures.drainMs} ms after the last\n`,
    );
    process.stdout.write(`${JSON.stringify({ machine: `${cpus().length} x ${cpus()[0]?.model}`, rate: Number(rate), ...figures })}\n`);
    if (figures.lost > 0) process.exitCode = 1;
  });
}

/** Adds `safecity bench alerts`. */
export function registerBenchAlerts(parent: Command): void {
  parent
    .command('alerts')
    .description(
      'alerts in at a steady rate, through NATS into a PostgreSQL that flushes to disk: time of each write, and whether any is lost',
    )
    .option('--rate <n>', 'alerts a second', '500')
    .option('--seconds <s>', 'how long', '60')
    .action(bench);
}
