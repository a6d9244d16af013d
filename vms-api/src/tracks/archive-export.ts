import { Readable } from 'node:stream';
import type { AlertMessage, ArchiveRecord, SignalState, VideoGap } from '@safecity/contracts';
import type { Sql } from '../database/connection.js';
import { archivedTrack, type PathRow } from './track-store.js';

/** Longest part of a path (`rules` cuts them so), with room for the frame that ends it. */
const LONGEST_PART_MS = 11 * 60_000;
const ROWS_A_TURN = 500;

interface Span {
  fromMs: number;
  toMs: number;
}

async function configLines(sql: Sql, cameraId: string, { fromMs, toMs }: Span): Promise<Extract<ArchiveRecord, { config: unknown }>[]> {
  const rows = await sql<{ revision: number; from_ms: number }[]>`
    SELECT revision, from_ms FROM revisions_in_force WHERE camera_id = ${cameraId} AND from_ms < ${toMs} AND from_ms >= COALESCE(
      (SELECT max(from_ms) FROM revisions_in_force WHERE camera_id = ${cameraId} AND from_ms <= ${fromMs}), ${fromMs}) ORDER BY from_ms`;
  return rows.map((row) => ({ config: { cameraId, revision: row.revision, fromMs: row.from_ms } }));
}

/** States in the span, and the one that each signal was in when it began. */
async function signalLines(sql: Sql, cameraId: string, { fromMs, toMs }: Span): Promise<Extract<ArchiveRecord, { signal: unknown }>[]> {
  const rows = await sql<{ signal_id: string; from_ms: number; state: SignalState }[]>`
    (SELECT DISTINCT ON (signal_id) signal_id, from_ms, state FROM signal_states
      WHERE camera_id = ${cameraId} AND from_ms <= ${fromMs} ORDER BY signal_id, from_ms DESC)
    UNION ALL SELECT signal_id, from_ms, state FROM signal_states
      WHERE camera_id = ${cameraId} AND from_ms > ${fromMs} AND from_ms < ${toMs}
    ORDER BY from_ms`;
  return rows.map((row) => ({ signal: { cameraId, signalId: row.signal_id, state: row.state, fromMs: row.from_ms } }));
}

async function gapLines(sql: Sql, cameraId: string, { fromMs, toMs }: Span): Promise<Extract<ArchiveRecord, { gap: unknown }>[]> {
  const rows = await sql<{ from_ms: number; to_ms: number; reason: VideoGap['reason'] }[]>`
    SELECT from_ms, to_ms, reason FROM video_gaps
    WHERE camera_id = ${cameraId} AND to_ms >= ${fromMs} AND from_ms < ${toMs} ORDER BY to_ms`;
  return rows.map((row) => ({ gap: { cameraId, fromMs: row.from_ms, toMs: row.to_ms, reason: row.reason } }));
}

/** What was really raised: the findings of the camera's alerts that touch the span, as far as the alerts keep them. */
async function raisedLines(sql: Sql, cameraId: string, { fromMs, toMs }: Span): Promise<object[]> {
  const rows = await sql<{ findings: AlertMessage['findings'] }[]>`
    SELECT message -> 'findings' AS findings FROM alerts
    WHERE camera_id = ${cameraId} AND start_ms < ${toMs} AND COALESCE(end_ms, ${toMs}) >= ${fromMs} ORDER BY start_ms`;
  const findings = new Map(rows.flatMap((row) => row.findings).map((finding) => [finding.id, finding]));
  return [...findings.values()].map(({ type, ruleId, startMs, endMs }) => ({
    raised: { type, ruleId, startMs, ...(endMs === undefined ? {} : { endMs }) },
  }));
}

/** Page by page: a cursor would keep a connection for as long as somebody takes to download. */
async function* pathPages(sql: Sql, cameraId: string, { fromMs, toMs }: Span): AsyncGenerator<PathRow[]> {
  let [afterMs, afterId] = [fromMs - LONGEST_PART_MS, ''];
  for (;;) {
    const rows = await sql<PathRow[]>`
      SELECT * FROM track_paths WHERE camera_id = ${cameraId} AND (first_ms, track_id) > (${afterMs}, ${afterId})
        AND first_ms < ${toMs} AND last_ms >= ${fromMs} ORDER BY first_ms, track_id LIMIT ${ROWS_A_TURN}`;
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_TURN) return;
    [afterMs, afterId] = [last.first_ms, last.track_id];
  }
}

/** The same as text, piece by piece. */
export async function* archiveLines(sql: Sql, cameraId: string, span: Span): AsyncGenerator<string> {
  const text = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
  yield text(await configLines(sql, cameraId, span));
  yield text(await signalLines(sql, cameraId, span));
  yield text(await gapLines(sql, cameraId, span));
  for await (const rows of pathPages(sql, cameraId, span)) yield text(rows.map((row) => ({ track: archivedTrack(row) })));
  yield text(await raisedLines(sql, cameraId, span));
}

/** The archive of a camera between two capture times as JSON lines, as `safecity backtest --tracks` reads them. */
export function archiveStream(sql: Sql, cameraId: string, span: Span): Readable {
  return Readable.from(archiveLines(sql, cameraId, span));
}
