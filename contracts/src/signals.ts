import { type Static, type TSchema, Type } from 'typebox';
import { Id } from './ids.js';
import { Name, strict } from './rules/common.js';
import { isRecord, type Problem, problemsOf } from './validate.js';

export const SIGNAL_STATES = ['red', 'yellow', 'green', 'dark', 'flashing', 'unknown'] as const;
export type SignalState = (typeof SIGNAL_STATES)[number];

/** What one lamp of a signal head can show. */
export const LAMP_STATES = ['red', 'yellow', 'green'] as const;
export type LampState = (typeof LAMP_STATES)[number];

const Share = Type.Number({ minimum: 0, maximum: 1 });

/** One lamp of a head: what it means when it is lit, and where it is in the picture of the stream that is decoded. */
export const Lamp = Type.Object(
  {
    state: Type.Enum([...LAMP_STATES]),
    region: Type.Tuple([Share, Share, Share, Share], {
      description: 'Box x1, y1, x2, y2 around the glass, 0..1 of the picture; without the frame, the countdown and other lamps',
    }),
  },
  strict,
);
export type Lamp = Static<typeof Lamp>;

/** Repeats `cycle` from `epochMs` on by capture time; makes every case that depends on it "simulated, not fineable". */
const ScriptSource = Type.Object(
  {
    kind: Type.Literal('script'),
    epochMs: Type.Number({ default: 0 }),
    cycle: Type.Array(Type.Object({ state: Type.Enum([...LAMP_STATES]), durationMs: Type.Number({ exclusiveMinimum: 0 }) }, strict), {
      minItems: 1,
      maxItems: 12,
    }),
  },
  strict,
);

/** Read by ingest from the lamps of a head in the picture. */
const PictureSource = Type.Object({ kind: Type.Literal('picture'), lamps: Type.Array(Lamp, { minItems: 1, maxItems: 6 }) }, strict);

/** Told by the controller of the junction: a group of it, by the messages of `signals.controller.v1.<controllerId>`. */
const ControllerSource = Type.Object(
  {
    kind: Type.Literal('controller'),
    controllerId: Id,
    group: Id,
    maxAgeMs: Type.Number({
      minimum: 500,
      maximum: 600_000,
      default: 5000,
      description: 'Nothing heard of the controller for longer, and the state is unknown (exclusive)',
    }),
  },
  strict,
);

/** Where readings of a signal come from. */
export const SIGNAL_SOURCE_KINDS = ['script', 'picture', 'controller'] as const;
export type SignalSourceKind = (typeof SIGNAL_SOURCE_KINDS)[number];

/** A time in which the traffic is directed by hand and signals do not count, capture time; it always ends. */
const OfficerWindow = Type.Object({ fromMs: Type.Number(), toMs: Type.Number({ description: 'End, exclusive' }) }, strict);

/**
 * A signal group and where its state comes from. With `check` a source of another kind is held against the first: a
 * violation needs both to say the same.
 */
export const Signal = Type.Object(
  {
    id: Id,
    name: Name,
    source: Type.Union([ScriptSource, PictureSource, ControllerSource]),
    check: Type.Optional(Type.Union([PictureSource, ControllerSource])),
    toleranceMs: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10_000,
        description: 'With check: how long the two may differ at a change before they count as disagreeing; default 1500',
      }),
    ),
    officerDirected: Type.Optional(
      Type.Array(OfficerWindow, { maxItems: 16, description: 'When an officer directs the traffic: nothing is fineable then' }),
    ),
  },
  strict,
);
export type Signal = Static<typeof Signal>;
export type PictureSource = Static<typeof PictureSource>;
export type ControllerSource = Static<typeof ControllerSource>;
export type ScriptSource = Static<typeof ScriptSource>;

/** The same with untyped sources, so that each is checked against its own kind and the message names it. */
export const SignalEnvelope = Type.Object(
  {
    ...(Signal as unknown as { properties: Record<string, TSchema> }).properties,
    source: Type.Unknown(),
    check: Type.Optional(Type.Unknown()),
  },
  strict,
);

const SOURCES: Record<SignalSourceKind, TSchema> = { script: ScriptSource, picture: PictureSource, controller: ControllerSource };
const SOURCE_DEFAULTS: Partial<Record<string, object>> = { script: { epochMs: 0 }, controller: { maxAgeMs: 5000 } };

/** A lamp narrower than this share of the picture is a slip of the hand. */
const LEAST_SIDE = 1e-3;

function withDefaults(source: unknown): unknown {
  return isRecord(source) ? { ...SOURCE_DEFAULTS[String(source['kind'])], ...source } : source;
}

/** Fills in the defaults of a signal's sources. */
export function fillSignal(signal: unknown): unknown {
  if (!isRecord(signal)) return signal;
  return {
    ...signal,
    source: withDefaults(signal['source']),
    ...(signal['check'] === undefined ? {} : { check: withDefaults(signal['check']) }),
  };
}

function sourceProblems(source: unknown, path: string, kinds: readonly SignalSourceKind[]): Problem[] {
  if (!isRecord(source)) return [{ path, code: 'not-object', message: `must be an object with a kind: ${kinds.join(', ')}` }];
  const kind = kinds.find((name) => name === source['kind']);
  if (!kind)
    return [
      {
        path: `${path}/kind`,
        code: 'unknown-kind',
        params: { given: String(source['kind']), values: kinds },
        message: `unknown kind "${String(source['kind'])}": available are ${kinds.join(', ')}`,
      },
    ];
  return problemsOf(SOURCES[kind], source).map((problem) => ({
    ...problem,
    path: problem.path ? `${path}/${problem.path}` : path,
  }));
}

/** What is wrong with the sources of signals whose envelope is sound, by schema. */
export function signalSourceProblems(signals: unknown): Problem[] {
  if (!Array.isArray(signals)) return [];
  return signals.flatMap((signal: unknown, index) => {
    if (!isRecord(signal)) return [];
    return [
      ...sourceProblems(signal['source'], `signals/${index}/source`, SIGNAL_SOURCE_KINDS),
      ...(signal['check'] === undefined ? [] : sourceProblems(signal['check'], `signals/${index}/check`, ['picture', 'controller'])),
    ];
  });
}

function lampProblems(source: Signal['source'] | Signal['check'], path: string): Problem[] {
  if (source?.kind !== 'picture') return [];
  const problems = source.lamps.flatMap(({ region: [x1, y1, x2, y2] }, index) =>
    x2 - x1 < LEAST_SIDE || y2 - y1 < LEAST_SIDE
      ? [
          {
            path: `${path}/lamps/${index}/region`,
            code: 'no-area' as const,
            message: 'has no area: give x1, y1, x2, y2 with x1 < x2 and y1 < y2',
          },
        ]
      : [],
  );
  return problems;
}

/** What a schema cannot see of one signal. */
export function signalProblems(signal: Signal, path: string): Problem[] {
  const { source, check, officerDirected = [] } = signal;
  const same =
    check?.kind === source.kind
      ? [{ path: `${path}/check`, code: 'same-kind' as const, message: `is of the same kind as source: give one of another` }]
      : [];
  const script =
    check && source.kind === 'script'
      ? [{ path: `${path}/check`, code: 'nothing-to-check' as const, message: 'has nothing to check: a scripted signal is simulated' }]
      : [];
  const backwards = officerDirected.flatMap(({ fromMs, toMs }, index) =>
    toMs > fromMs
      ? []
      : [{ path: `${path}/officerDirected/${index}`, code: 'never-matches' as const, message: 'never matches: toMs is not after fromMs' }],
  );
  return [...same, ...script, ...backwards, ...lampProblems(source, `${path}/source`), ...lampProblems(check, `${path}/check`)];
}

/** What one source says of one signal at the capture time of a frame. */
export const SignalReading = Type.Object({
  signalId: Id,
  source: Type.Enum(['picture', 'controller']),
  state: Type.Enum([...SIGNAL_STATES]),
  /** How clearly it shows, 0..1; orders readings, is no probability. 0 where nothing can be said. */
  confidence: Share,
  /** Capture time by which it surely was in this state without a break; absent: the change into it was not seen. */
  sinceMs: Type.Optional(Type.Number()),
  /** The change lies at most so much before `sinceMs`: between two looks. */
  uncertainMs: Type.Optional(Type.Number({ minimum: 0 })),
  /** The controller is worked by hand. */
  manual: Type.Optional(Type.Boolean()),
});
export type SignalReading = Static<typeof SignalReading>;

/**
 * Controller, or a gateway before it → ingest, core NATS `signals.controller.v1.<controllerId>`. Each message tells all
 * groups; one comes with each change and at least every `maxAgeMs` of the signals that rest on it.
 */
export const ControllerMessage = Type.Object(
  {
    controllerId: Id,
    sentAtMs: Type.Number({ description: "When it was sent, by the controller's own clock, epoch ms; the offset is estimated" }),
    groups: Type.Array(
      Type.Object(
        {
          group: Id,
          state: Type.Enum(['red', 'yellow', 'green', 'dark', 'flashing', 'unknown']),
          sinceMs: Type.Optional(Type.Number({ description: 'When the group entered this state, by the same clock' })),
        },
        strict,
      ),
      { minItems: 1, maxItems: 64 },
    ),
    manual: Type.Optional(Type.Boolean({ description: 'The controller is worked by hand: nothing is fineable meanwhile' })),
  },
  strict,
);
export type ControllerMessage = Static<typeof ControllerMessage>;
