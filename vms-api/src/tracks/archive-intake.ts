import { type ArchiveRecord, archiveCamera } from '@safecity/contracts';
import { jsonb, type Sql, type Transaction } from '../database/connection.js';
import type { DayPartitions } from './day-partitions.js';
import { pathBytes } from './path-bytes.js';
import { lockTrackPlates, PLATE_SLACK_MS } from './track-plates.js';

type TrackRecord = Extract<ArchiveRecord, { track: unknown }>;

function kindsOf(records: readonly ArchiveRecord[]) {
  return {
    tracks: records.flatMap((record) => ('track' in record ? [record] : [])),
    signals: records.flatMap((record) => ('signal' in record ? [record.signal] : [])),
    gaps: records.flatMap((record) => ('gap' in record ? [record.gap] : [])),
    configs: records.flatMap((record) => ('config' in record ? [record.config] : [])),
  };
}

/** Rows of `tracks`: of the parts of one track in a batch only the newest, because a statement may write a row once. */
function trackRows(records: readonly TrackRecord[]): object[] {
  const newest = new Map<string, TrackRecord>();
  for (const record of records) {
    const key = `${record.track.cameraId} ${record.track.trackId} ${record.facts.trackFirstMs}`;
    const known = newest.get(key);
    if (!known || known.track.lastMs < record.track.lastMs) newest.set(key, record);
  }
  return [...newest.values()].map(({ track, facts }) => ({
    camera_id: track.cameraId,
    track_id: track.trackId,
    first_ms: facts.trackFirstMs,
    last_ms: track.lastMs,
    config_revision: track.configRevision,
    class: track.class,
    score: track.score,
    zone_ids: facts.zoneIds,
    heading: facts.heading,
    speed_kmh: facts.meanSpeedKmh,
    colour: facts.colour ?? null,
  }));
}

function pathRows(records: readonly TrackRecord[]): object[] {
  return records.map(({ track }) => ({
    camera_id: track.cameraId,
    track_id: track.trackId,
    first_ms: track.firstMs,
    last_ms: track.lastMs,
    config_revision: track.configRevision,
    class: track.class,
    score: track.score,
    clear_share: track.clearShare,
    aspect: track.aspect,
    points: `\\x${pathBytes(track.points).toString('hex')}`,
  }));
}

async function storeTracks(transaction: Transaction, records: readonly TrackRecord[], keptFromMs: number): Promise<void> {
  await lockTrackPlates(transaction, 'tracks');
  await transaction`
    INSERT INTO track_paths SELECT * FROM jsonb_to_recordset(${jsonb(transaction, pathRows(records))}) AS r (
      camera_id text, track_id text, first_ms float8, last_ms float8, config_revision int, class text, score real,
      clear_share real, aspect float8, points bytea)
    ON CONFLICT DO NOTHING`;
  // A track that began before the oldest day that is kept has paths, and no row to be found by.
  const found = records.filter(({ facts }) => facts.trackFirstMs >= keptFromMs);
  await transaction`
    INSERT INTO tracks (camera_id, track_id, first_ms, last_ms, config_revision, class, score, zone_ids, heading, speed_kmh, colour, plate)
    SELECT r.*, s.plate FROM jsonb_to_recordset(${jsonb(transaction, trackRows(found))}) AS r (
      camera_id text, track_id text, first_ms float8, last_ms float8, config_revision int, class text, score real,
      zone_ids text[], heading text, speed_kmh real, colour text)
    LEFT JOIN plate_sightings s ON s.camera_id = r.camera_id AND s.track_id = r.track_id
      AND s.at_ms >= r.first_ms - ${PLATE_SLACK_MS} AND s.at_ms <= r.last_ms + ${PLATE_SLACK_MS}
    ON CONFLICT (first_ms, camera_id, track_id) DO UPDATE SET last_ms = excluded.last_ms, class = excluded.class,
      score = excluded.score, zone_ids = excluded.zone_ids, heading = excluded.heading, speed_kmh = excluded.speed_kmh,
      colour = coalesce(excluded.colour, tracks.colour), plate = coalesce(excluded.plate, tracks.plate)
    WHERE tracks.last_ms < excluded.last_ms`;
}

async function storeRest(transaction: Transaction, { signals, gaps, configs }: ReturnType<typeof kindsOf>): Promise<void> {
  if (signals.length > 0)
    await transaction`INSERT INTO signal_states (camera_id, signal_id, from_ms, state)
      SELECT r."cameraId", r."signalId", r."fromMs", r.state
      FROM jsonb_to_recordset(${jsonb(transaction, signals)}) AS r ("cameraId" text, "signalId" text, "fromMs" float8, state text)
      ON CONFLICT DO NOTHING`;
  if (gaps.length > 0)
    await transaction`INSERT INTO video_gaps (camera_id, to_ms, from_ms, reason)
      SELECT r."cameraId", r."toMs", r."fromMs", r.reason
      FROM jsonb_to_recordset(${jsonb(transaction, gaps)}) AS r ("cameraId" text, "toMs" float8, "fromMs" float8, reason text)
      ON CONFLICT DO NOTHING`;
  if (configs.length > 0)
    await transaction`INSERT INTO revisions_in_force (camera_id, from_ms, revision)
      SELECT r."cameraId", r."fromMs", r.revision
      FROM jsonb_to_recordset(${jsonb(transaction, configs)}) AS r ("cameraId" text, "fromMs" float8, revision int)
      ON CONFLICT DO NOTHING`;
}

/** Every capture time by which a record is put into a partition. */
function partitionTimes(record: ArchiveRecord): number[] {
  if ('track' in record) return [record.track.firstMs, record.facts.trackFirstMs];
  return 'signal' in record ? [record.signal.fromMs] : [];
}

/** The capture time by which a record is kept. */
function timeOf(record: ArchiveRecord): number {
  if ('track' in record) return record.track.firstMs;
  if ('signal' in record) return record.signal.fromMs;
  return 'gap' in record ? record.gap.toMs : record.config.fromMs;
}

/**
 * Stores records of the archive in one transaction; what is stored already changes nothing, and of the parts of a track
 * the newest tells what it is searched by, in whatever order they come. Returns the cameras of records that were left
 * out, because they are older than what is kept or come from a clock that is ahead.
 */
export async function storeArchive(
  sql: Sql,
  records: readonly ArchiveRecord[],
  partitions: DayPartitions,
  nowMs: number,
): Promise<string[]> {
  const takes = (record: ArchiveRecord) => partitions.takes(timeOf(record), nowMs);
  const taken = records.filter(takes);
  const keptFromMs = partitions.keptFromMs(nowMs);
  await partitions.make(taken.flatMap(partitionTimes).filter((atMs) => atMs >= keptFromMs));
  const kinds = kindsOf(taken);
  await sql.begin(async (transaction) => {
    if (kinds.tracks.length > 0) await storeTracks(transaction, kinds.tracks, keptFromMs);
    await storeRest(transaction, kinds);
  });
  return records.filter((record) => !takes(record)).map(archiveCamera);
}
