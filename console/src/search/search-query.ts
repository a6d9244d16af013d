import type { paths } from '../api/schema.generated';
import { spanOf } from '../span/span.js';

/** What `GET /alerts` takes. */
export type AlertQuery = NonNullable<paths['/api/v1/alerts']['get']['parameters']['query']>;
/** What `GET /tracks` takes. */
export type TrackQuery = NonNullable<paths['/api/v1/tracks']['get']['parameters']['query']>;

/** Fields of the two forms, as they are named in the address. */
export const ALERT_FIELDS = [
  ...['state', 'kind', 'type', 'severity', 'camera', 'unit', 'group', 'text', 'plate', 'reason', 'evidence', 'simulated'],
] as const;
export const TRACK_FIELDS = [
  ...['class', 'camera', 'zone', 'colour', 'heading', 'minSpeed', 'maxSpeed', 'minDuration', 'maxDuration', 'plate', 'near'],
] as const;

/** Those of `wanted` that say something. */
function given<T extends object>(wanted: { [Name in keyof T]: T[Name] | undefined | null }): T {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null && value !== '')) as T;
}

const flag = (value: string | null) => (value === null ? undefined : value === 'true');
const amount = (value: string | null, factor = 1) =>
  value === null || !Number.isFinite(Number(value)) ? undefined : Number(value) * factor;

/** The search for alerts that an address names. */
export function alertQuery(query: URLSearchParams, nowMs: number): AlertQuery {
  const { fromMs, toMs: beforeMs } = spanOf(query, nowMs);
  const text = (name: (typeof ALERT_FIELDS)[number]) => query.get(name);
  return given<AlertQuery>({
    ...{ fromMs, beforeMs, state: text('state') as AlertQuery['state'], kind: text('kind') as AlertQuery['kind'] },
    ...{ type: text('type') as AlertQuery['type'], severity: text('severity') as AlertQuery['severity'] },
    ...{ cameraId: text('camera'), unitId: text('unit'), group: text('group'), text: text('text'), plate: text('plate') },
    ...{ reasonCode: text('reason') as AlertQuery['reasonCode'], evidence: flag(text('evidence')), simulated: flag(text('simulated')) },
  });
}

/** The search for tracks that an address names. A zone is one of a camera, and errors are allowed in a plate without wildcards. */
export function trackQuery(query: URLSearchParams, nowMs: number): TrackQuery {
  const { fromMs, toMs } = spanOf(query, nowMs);
  const text = (name: (typeof TRACK_FIELDS)[number]) => query.get(name);
  const plate = text('plate');
  const near = amount(text('near'));
  return given<TrackQuery>({
    ...{
      fromMs,
      toMs,
      class: text('class') as TrackQuery['class'],
      cameraId: text('camera'),
      heading: text('heading') as TrackQuery['heading'],
    },
    ...{
      zoneId: text('camera') ? text('zone') : null,
      colour: text('colour') as TrackQuery['colour'],
      minSpeedKmh: amount(text('minSpeed')),
      maxSpeedKmh: amount(text('maxSpeed')),
    },
    ...{ minDurationMs: amount(text('minDuration'), 1000), maxDurationMs: amount(text('maxDuration'), 1000), plate },
    plateDistance: plate && near && !/[*?]/.test(plate) ? near : null,
  });
}

/** Address of a file with what a search finds. */
export function fileAddress(path: string, query: object): string {
  return `/api/v1/${path}?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))}`;
}
