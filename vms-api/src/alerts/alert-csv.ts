import { type CsvColumn, csvText } from '../server/csv.js';
import type { Alert } from './alert-schemas.js';

const time = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
const plates = ({ findings }: Alert) => [...new Set(findings.flatMap(({ plate }) => plate?.text ?? []))].join(' ');

const COLUMNS: CsvColumn<Alert>[] = [
  ['id', ({ id }) => id],
  ['raised', ({ raisedAtMs }) => time(raisedAtMs)],
  ['ended', ({ endMs }) => time(endMs)],
  ['state', ({ state }) => state],
  ['kind', ({ kind }) => kind],
  ['type', ({ type }) => type],
  ['severity', ({ severity }) => severity],
  ['camera', ({ cameraId }) => cameraId],
  ['camera_name', ({ cameraName }) => cameraName],
  ['place', ({ place }) => place],
  ['reason', ({ reason }) => reason.text.vi],
  ['plates', plates],
  ['acknowledged_by', ({ acknowledgedBy }) => acknowledgedBy],
  ['assignee', ({ assignee }) => assignee],
  ['acknowledged', ({ acknowledgedAtMs }) => time(acknowledgedAtMs)],
  ['confirmed', ({ confirmedAtMs }) => time(confirmedAtMs)],
  ['dispatched', ({ dispatchedAtMs }) => time(dispatchedAtMs)],
  ['resolved', ({ resolvedAtMs }) => time(resolvedAtMs)],
  ['pictures', ({ evidence }) => evidence.length],
  ['clips', ({ clips }) => clips.length],
  ['simulated', ({ simulated }) => String(simulated)],
];

/** Alerts as CSV with a line of headings. */
export const alertsCsv = (alerts: readonly Alert[]): string => csvText(COLUMNS, alerts);
