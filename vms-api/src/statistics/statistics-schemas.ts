import { ALERT_KINDS, ALERT_TYPE_IDS, type CAMERA_STATES, Id, OBJECT_CLASSES } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { ALERT_STATES } from '../alerts/alert-schemas.js';
import { EpochMs, momentOf, named, nullable } from '../server/schemas.js';
import { BUCKETS } from './buckets.js';

const span = {
  fromMs: momentOf('Beginning, inclusive'),
  toMs: momentOf('End, exclusive'),
  unitId: Type.Optional({ ...Id, description: 'Only this unit and those below it' }),
  cameraId: Type.Optional(Id),
  simulated: Type.Optional(Type.Boolean({ description: 'Count drills and replayed recordings too; default false' })),
};
const interval = Type.Optional(Type.Enum([...BUCKETS], { description: 'Hours, days or weeks (from Monday) in Viet Nam; default day' }));

export const SpanQuery = Type.Object({ ...span }, { additionalProperties: false });
export type SpanQuery = Static<typeof SpanQuery>;
export const StepQuery = Type.Object({ ...span, interval }, { additionalProperties: false });
export type StepQuery = Static<typeof StepQuery>;
export const CountQuery = Type.Object({ ...span, interval, ruleId: Type.Optional(Id) }, { additionalProperties: false });
export type CountQuery = Static<typeof CountQuery>;
export const FALSE_ALARMS_BY = ['rule', 'camera', 'type'] as const;
export const FalseAlarmQuery = Type.Object(
  { ...span, by: Type.Optional(Type.Enum([...FALSE_ALARMS_BY], { description: 'Default rule' })) },
  { additionalProperties: false },
);
export type FalseAlarmQuery = Static<typeof FalseAlarmQuery>;

/** One step of time, cut to the span that was asked for. */
const Step = { fromMs: EpochMs, toMs: EpochMs };

const Watched = named(
  'WatchedStep',
  Type.Object({
    ...Step,
    rules: Type.Integer({ description: 'Counting rules that told of this step' }),
    watchedMs: Type.Number({ description: 'Time that they watched, all together' }),
  }),
);

const LineCountRow = named(
  'LineCountRow',
  Type.Object({ fromMs: EpochMs, class: Type.Enum([...OBJECT_CLASSES]), direction: Type.Enum(['left', 'right']), count: Type.Integer() }),
);
export type LineCountRow = Static<typeof LineCountRow>;

/** What went over lines. An interval of a rule counts in the step in which it began. */
export const LineCounts = named(
  'LineCounts',
  Type.Object({ steps: Type.Array(Watched), rows: Type.Array(LineCountRow, { description: 'What did not occur is absent' }) }),
);
export type LineCounts = Static<typeof LineCounts>;

const OccupancyRow = named(
  'OccupancyRow',
  Type.Object({
    fromMs: EpochMs,
    cameraId: Id,
    ruleId: Id,
    class: Type.Enum([...OBJECT_CLASSES]),
    least: Type.Integer(),
    most: Type.Integer(),
    mean: Type.Number({ description: 'Over the time watched' }),
    watchedMs: Type.Number(),
  }),
);
export type OccupancyRow = Static<typeof OccupancyRow>;
export const Occupancy = named('Occupancy', Type.Object({ rows: Type.Array(OccupancyRow) }));

const OutcomeRow = named(
  'OutcomeRow',
  Type.Object({
    fromMs: EpochMs,
    kind: Type.Enum([...ALERT_KINDS]),
    type: Type.Enum([...ALERT_TYPE_IDS]),
    state: Type.Enum([...ALERT_STATES]),
    count: Type.Integer(),
  }),
);
export type OutcomeRow = Static<typeof OutcomeRow>;

/** Alerts raised in each step, by what they are and how they stand now. */
export const Outcomes = named('AlertOutcomes', Type.Object({ rows: Type.Array(OutcomeRow) }));

export const HANDLED = ['acknowledged', 'confirmed', 'dispatched', 'resolved', 'false-alarm'] as const;

const HandlingRow = named(
  'HandlingRow',
  Type.Object({
    type: nullable(Type.Enum([...ALERT_TYPE_IDS])),
    to: Type.Enum([...HANDLED]),
    count: Type.Integer({ description: 'Alerts that got there' }),
    medianMs: Type.Number(),
    p95Ms: Type.Number(),
  }),
);
export type HandlingRow = Static<typeof HandlingRow>;

/** How long alerts took from raised until somebody brought them into a state first; `type` null is all of them. */
export const Handling = named('HandlingTimes', Type.Object({ rows: Type.Array(HandlingRow) }));

const Share = named(
  'Share',
  Type.Object(
    { value: Type.Number(), low: Type.Number(), high: Type.Number() },
    { description: '0..1, with the 95 % score interval of Wilson' },
  ),
);

const FalseAlarmRow = named(
  'FalseAlarmRow',
  Type.Object({
    cameraId: nullable(Id),
    cameraName: nullable(Type.String()),
    ruleId: nullable(Type.String()),
    ruleName: nullable(Type.String()),
    type: nullable(Type.Enum([...ALERT_TYPE_IDS])),
    alerts: Type.Integer({ description: 'Raised in the span' }),
    judged: Type.Integer({ description: 'Of them confirmed, dispatched, resolved or false alarms: what the share is of' }),
    falseAlarms: Type.Integer(),
    share: nullable({ ...Share, description: 'False alarms among those judged; null when none was' }),
  }),
);
export type FalseAlarmRow = Static<typeof FalseAlarmRow>;
export const FalseAlarms = named('FalseAlarms', Type.Object({ rows: Type.Array(FalseAlarmRow) }));

const UptimeRow = named(
  'UptimeRow',
  Type.Object({
    ...Step,
    cameraId: Id,
    cameraName: Type.String(),
    upMs: Type.Number({ description: 'Online' }),
    downMs: Type.Number({ description: 'Offline or connecting' }),
    disabledMs: Type.Number(),
    unknownMs: Type.Number({ description: 'Nobody told: neither up nor down' }),
    share: nullable(Type.Number({ description: 'Up among up and down, 0..1; null when nothing is known' })),
  }),
);
export type UptimeRow = Static<typeof UptimeRow>;
export const Uptime = named('Uptime', Type.Object({ rows: Type.Array(UptimeRow) }));
export type CameraState = (typeof CAMERA_STATES)[number];

export const STATISTICS = ['counts', 'occupancy', 'outcomes', 'handling', 'false-alarms', 'uptime'] as const;
export const ExportQuery = Type.Object(
  {
    table: Type.Enum([...STATISTICS]),
    ...span,
    interval,
    ruleId: Type.Optional(Id),
    by: Type.Optional(Type.Enum([...FALSE_ALARMS_BY])),
  },
  { additionalProperties: false },
);
export type ExportQuery = Static<typeof ExportQuery>;
