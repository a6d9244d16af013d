import { type CsvColumn, csvText } from '../server/csv.js';
import { falseAlarms, handlingTimes, outcomes } from './alert-statistics.js';
import { lineCounts, occupancy } from './count-statistics.js';
import type { StatisticsContext } from './statistics-context.js';
import type { ExportQuery, FalseAlarmRow, HandlingRow, LineCountRow, OccupancyRow, OutcomeRow, UptimeRow } from './statistics-schemas.js';
import { uptime } from './uptime.js';

/** A moment as people in Viet Nam read it and programs too. */
const time = (atMs: number) => `${new Date(atMs + 7 * 3_600_000).toISOString().slice(0, 19)}+07:00`;
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

const COUNTS: CsvColumn<LineCountRow>[] = [
  ['from', ({ fromMs }) => time(fromMs)],
  ['class', (row) => row.class],
  ['direction', ({ direction }) => direction],
  ['count', ({ count }) => count],
];
const OCCUPANCY: CsvColumn<OccupancyRow>[] = [
  ['from', ({ fromMs }) => time(fromMs)],
  ['camera', ({ cameraId }) => cameraId],
  ['rule', ({ ruleId }) => ruleId],
  ['class', (row) => row.class],
  ['least', ({ least }) => least],
  ['most', ({ most }) => most],
  ['mean', ({ mean }) => rounded(mean, 3)],
  ['watched_s', ({ watchedMs }) => rounded(watchedMs / 1000, 1)],
];
const OUTCOMES: CsvColumn<OutcomeRow>[] = [
  ['from', ({ fromMs }) => time(fromMs)],
  ['kind', ({ kind }) => kind],
  ['type', ({ type }) => type],
  ['state', ({ state }) => state],
  ['count', ({ count }) => count],
];
const HANDLING: CsvColumn<HandlingRow>[] = [
  ['type', ({ type }) => type ?? 'all'],
  ['to', ({ to }) => to],
  ['alerts', ({ count }) => count],
  ['median_s', ({ medianMs }) => rounded(medianMs / 1000, 1)],
  ['p95_s', ({ p95Ms }) => rounded(p95Ms / 1000, 1)],
];
const FALSE_ALARMS: CsvColumn<FalseAlarmRow>[] = [
  ['camera', ({ cameraId }) => cameraId],
  ['camera_name', ({ cameraName }) => cameraName],
  ['rule', ({ ruleId }) => ruleId],
  ['rule_name', ({ ruleName }) => ruleName],
  ['type', ({ type }) => type],
  ['alerts', ({ alerts }) => alerts],
  ['judged', ({ judged }) => judged],
  ['false_alarms', (row) => row.falseAlarms],
  ['share', ({ share }) => share && rounded(share.value, 4)],
  ['share_low_95', ({ share }) => share && rounded(share.low, 4)],
  ['share_high_95', ({ share }) => share && rounded(share.high, 4)],
];
const UPTIME: CsvColumn<UptimeRow>[] = [
  ['from', ({ fromMs }) => time(fromMs)],
  ['to', ({ toMs }) => time(toMs)],
  ['camera', ({ cameraId }) => cameraId],
  ['camera_name', ({ cameraName }) => cameraName],
  ['up_s', ({ upMs }) => rounded(upMs / 1000, 1)],
  ['down_s', ({ downMs }) => rounded(downMs / 1000, 1)],
  ['disabled_s', ({ disabledMs }) => rounded(disabledMs / 1000, 1)],
  ['unknown_s', ({ unknownMs }) => rounded(unknownMs / 1000, 1)],
  ['up_share', ({ share }) => share && rounded(share, 5)],
];

/** One statistic as CSV; the same figures as its JSON. */
export async function statisticsCsv(context: StatisticsContext, { table, ruleId, by, interval, ...span }: ExportQuery): Promise<string> {
  const steps = { ...span, ...(interval ? { interval } : {}) };
  const counted = { ...steps, ...(ruleId === undefined ? {} : { ruleId }) };
  if (table === 'counts') return csvText(COUNTS, (await lineCounts(context, counted)).rows);
  if (table === 'occupancy') return csvText(OCCUPANCY, (await occupancy(context, counted)).rows);
  if (table === 'outcomes') return csvText(OUTCOMES, (await outcomes(context, steps)).rows);
  if (table === 'handling') return csvText(HANDLING, (await handlingTimes(context, span)).rows);
  if (table === 'uptime') return csvText(UPTIME, (await uptime(context, steps)).rows);
  return csvText(FALSE_ALARMS, (await falseAlarms(context, { ...span, ...(by ? { by } : {}) })).rows);
}
