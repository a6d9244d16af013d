import { median, percentile, type SeverityScore, scoreSeverities, scoreTypes, type TypeScore, type WatchedRun } from '@safecity/bench';
import { SEVERITIES } from '@safecity/contracts';

/** What an evaluation of rules says, as it is written. */
export interface EventReport {
  runs: number;
  watchedS: number;
  types: TypeScore[];
  severities: SeverityScore[];
  /** False alerts a desk of so many cameras would get in an hour. */
  desk: { cameras: number; falseAlertsPerHour: { mean: number; upper: number } };
}

const HOURS_PER_DAY = 24;

/** Scores runs, and what their false alerts mean for a desk of `cameras` such cameras. */
export function eventReport(runs: readonly WatchedRun[], cameras: number): EventReport {
  const [all] = scoreSeverities(runs, [[...SEVERITIES]]);
  const perHour = (perCameraDay: number) => (perCameraDay * cameras) / HOURS_PER_DAY;
  return {
    runs: runs.length,
    watchedS: runs.reduce((sum, { watchedMs }) => sum + watchedMs, 0) / 1000,
    types: scoreTypes(runs),
    severities: scoreSeverities(runs, [...SEVERITIES.map((severity) => [severity]), [...SEVERITIES]]),
    desk: {
      cameras,
      falseAlertsPerHour: {
        mean: perHour(all?.falsePerCameraDay.mean ?? 0),
        upper: perHour(all?.falsePerCameraDay.upper ?? 0),
      },
    },
  };
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, index) => (index === 0 ? String(cell).padEnd(20) : String(cell).padStart(11))).join('');
}

const seconds = (ms: number) => (Number.isFinite(ms) ? (ms / 1000).toFixed(1) : '');

function typeRow({ type, watchedMs, events, found, falseFindings, falsePerCameraDay, delaysMs }: TypeScore): string {
  const { mean, upper } = falsePerCameraDay;
  return row([
    type,
    Math.round(watchedMs / 1000),
    events === 0 ? '' : `${found}/${events}`,
    falseFindings,
    mean.toFixed(mean < 10 ? 1 : 0),
    upper.toFixed(upper < 10 ? 1 : 0),
    seconds(median(delaysMs)),
    seconds(percentile(delaysMs, 95)),
  ]);
}

/** The report as a table for people. */
export function eventTable({ runs, watchedS, types, severities, desk }: EventReport): string {
  const lines = [
    `${runs} runs, ${watchedS.toFixed(0)} s watched`,
    row(['rule', 'watched s', 'found', 'false', 'per cam-day', '95 % upper', 'delay s', 'p95 s']),
    ...types.map(typeRow),
    '',
    row(['false alerts', 'number', 'per cam-day', '95 % upper']),
    ...severities.map(({ severities: names, falseAlerts, falsePerCameraDay: { mean, upper } }) =>
      row([names.length === 1 ? (names[0] as string) : 'all', falseAlerts, mean.toFixed(1), upper.toFixed(1)]),
    ),
    `desk of ${desk.cameras} cameras: ${desk.falseAlertsPerHour.mean.toFixed(1)} false alerts an hour (95 % upper bound ${desk.falseAlertsPerHour.upper.toFixed(1)})`,
  ];
  return `${lines.join('\n')}\n`;
}
