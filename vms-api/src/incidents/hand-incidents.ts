import { type AlertSpan, subjects } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { EarlierCamera } from '../alerts/alert-record.js';
import type { Sql } from '../database/connection.js';
import { Rounds } from '../server/rounds.js';

/** Ingest may have been away, or its start is younger than the incident: it is told again after this. */
const REPEAT_MS = 30_000;

/** An end is repeated for so long. */
const END_TOLD_MS = 5 * 60_000;

/** An incident about which nobody has done anything for so long is no reason to record any more. */
const UNTOUCHED_MS = 3_600_000;

interface SpanRow {
  alert_id: string;
  /** Null when no camera sees it any more. */
  camera_id: string | null;
  earlier: EarlierCamera[] | null;
  start_ms: number;
  end_ms: number | null;
  /** When somebody last did something about it. */
  touched_ms: number;
}

/** Its camera goes on, or has ended, with it; a camera that was named by mistake ended when that was corrected. */
function spansOf(row: SpanRow, nowMs: number): AlertSpan[] {
  const { alert_id: alertId, camera_id: cameraId, start_ms: startMs, end_ms: endMs, touched_ms: updatedMs } = row;
  const closed = (endedMs: number) => ({ phase: 'closed' as const, endMs: endedMs });
  const told = { alertId, startMs, updatedMs };
  const earlier = (row.earlier ?? []).filter((camera) => camera.cameraId !== cameraId && camera.untilMs > nowMs - END_TOLD_MS);
  return [
    ...earlier.map((camera) => ({ ...told, cameraId: camera.cameraId, ...closed(camera.untilMs) })),
    ...(cameraId === null ? [] : [{ ...told, cameraId, ...(endMs === null ? { phase: 'updated' as const } : closed(endMs)) }]),
  ];
}

/**
 * Tells ingest which incidents that people opened go on, so that cameras which record on alert record them as they record
 * detected ones: after each change and every 30 s, whatever it was told before. The record is the truth.
 */
export class HandIncidents {
  readonly #options: { sql: Sql; bus: Bus; nowMs: () => number };
  readonly #rounds: Rounds;

  constructor(options: { sql: Sql; bus: Bus; logger: Logger; nowMs: () => number }) {
    this.#options = options;
    const failed = 'ingest could not be told of incidents opened by hand; told again soon';
    this.#rounds = new Rounds(() => this.#tellAll(), { everyMs: REPEAT_MS, logger: options.logger, failed });
  }

  start(): void {
    void this.#rounds.start();
  }

  /** Tells of all of them, behind what is under way. Never throws and is not waited for. */
  tell(): void {
    void this.#rounds.wake();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async #tellAll(): Promise<void> {
    const { sql, bus } = this.#options;
    const nowMs = this.#options.nowMs();
    const rows = await sql<SpanRow[]>`
      SELECT a.id AS alert_id, a.camera_id, a.message #> '{byHand,earlier}' AS earlier, a.start_ms, a.end_ms, h.touched_ms
      FROM alerts a CROSS JOIN LATERAL (SELECT max(at_ms) AS touched_ms FROM alert_history WHERE alert_id = a.id) h
      WHERE a.opened_by IS NOT NULL AND (a.camera_id IS NOT NULL OR a.message #> '{byHand,earlier}' IS NOT NULL)
        AND (a.end_ms IS NULL OR a.end_ms > ${nowMs - END_TOLD_MS}) AND h.touched_ms > ${nowMs - UNTOUCHED_MS}`;
    for (const span of rows.flatMap((row) => spansOf(row, nowMs))) bus.publishJson(subjects.incidentByHand(span.cameraId), span);
  }
}
