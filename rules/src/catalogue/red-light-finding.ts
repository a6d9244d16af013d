import type { Bilingual, Box, CameraConfig, EvidenceMoment, Finding, Line, Point, RuleConfig, Signal } from '@safecity/contracts';
import { signedDistance, type Tripwire } from '../geometry/tripwire.js';
import { yellowBefore } from '../signals/signal-memory.js';
import { type SignalMemories, type SignalMoment, signalStateAt } from '../signals/signal-state.js';
import { makeFinding } from './finding.js';
import { fineableUnless, signalDoubts } from './fineable.js';
import type { Observation, ObservedTrack } from './rule-machine.js';
import { SIGNAL_WORDS, SOURCE_WORDS, sentence, wordClass, wordDuration } from './wording.js';

export type RedLightRule = Extract<RuleConfig, { type: 'red-light' }>;

/** The parts of the camera that a red-light rule works with. */
export interface RedLightSpec {
  rule: RedLightRule;
  camera: CameraConfig;
  line: Line;
  signal: Signal;
}

/** Where a vehicle was at one moment. */
export interface Sighting {
  atMs: number;
  box: Box;
  anchor: Point;
}

/** A vehicle that crossed on red: when, and where it was seen before the line and over it. */
export interface RedCrossing {
  atMs: number;
  before: Sighting | null;
  over: Sighting | null;
}

const MOMENT_NAMES = ['before-line', 'over-line', 'past-line'] as const;
const MOMENT_WORDS: Record<(typeof MOMENT_NAMES)[number], Bilingual> = {
  'before-line': { vi: 'trước vạch', en: 'before the line' },
  'over-line': { vi: 'trên vạch', en: 'over the line' },
  'past-line': { vi: 'qua vạch', en: 'past the line' },
};

/** The line in picture heights. */
export function wireOf(line: Line, aspect: number): Tripwire {
  return { a: [line.a[0] * aspect, line.a[1]], b: [line.b[0] * aspect, line.b[1]] };
}

/** How far past the line, in the forbidden direction, in picture heights; negative before it. */
export function distancePast(wire: Tripwire, point: Point, direction: RedLightRule['direction']): number {
  return signedDistance(wire, point) * (direction === 'right' ? 1 : -1);
}

/** `đỏ 4,8 giây`, or at least so long when the change was not seen. */
function stateFor(moment: SignalMoment, atMs: number): Bilingual {
  const inState = wordDuration(atMs - moment.sinceMs);
  const state = SIGNAL_WORDS[moment.state];
  if (moment.state === 'unknown') return state;
  return sentence(
    (t) => `${t(state)} ${moment.isChangeSeen ? '' : 'ít nhất '}${t(inState)}`,
    (t) => `${t(state)} for ${moment.isChangeSeen ? '' : 'at least '}${t(inState)}`,
  );
}

function momentAt(signal: Signal, memories: SignalMemories, name: string, sighting: Sighting): EvidenceMoment {
  const moment = signalStateAt(signal, memories, sighting.atMs);
  const state = stateFor(moment, sighting.atMs);
  const note = sentence(
    (t) => `đèn ${t(state)} (${t(SOURCE_WORDS[moment.source])})`,
    (t) => `signal: ${t(state)} (${t(SOURCE_WORDS[moment.source])})`,
  );
  return { name, atMs: sighting.atMs, box: sighting.box, note };
}

function momentReasons(signal: Signal, memories: SignalMemories, moments: readonly EvidenceMoment[]): Bilingual[] {
  return MOMENT_NAMES.flatMap((name) => {
    const moment = moments.find((candidate) => candidate.name === name);
    const word = MOMENT_WORDS[name];
    if (!moment) return [{ vi: `thiếu hình ${word.vi}`, en: `no picture ${word.en}` }];
    if (signalStateAt(signal, memories, moment.atMs).state === 'red') return [];
    return [{ vi: `đèn không đỏ ở hình ${word.vi}`, en: `signal not red in the picture ${word.en}` }];
  });
}

/** What the change to red must have looked like. A script is not asked: it is never fineable anyway. */
function changeReasons({ rule, signal }: RedLightSpec, memories: SignalMemories, atMs: number): Bilingual[] {
  if (signal.source.kind === 'script') return [];
  if (!signalStateAt(signal, memories, atMs).isChangeSeen)
    return [{ vi: 'không thấy lúc đèn chuyển sang đỏ', en: 'change to red not seen' }];
  if (rule.minYellowMs === 0) return [];
  const yellowMs = yellowBefore(memories[signal.id], atMs);
  if (yellowMs === null) return [{ vi: 'không thấy đèn vàng trước khi đỏ', en: 'no yellow seen before the red' }];
  if (yellowMs >= rule.minYellowMs) return [];
  const [had, needed] = [wordDuration(yellowMs), wordDuration(rule.minYellowMs)];
  return [{ vi: `đèn vàng chỉ ${had.vi} (cần ${needed.vi})`, en: `yellow for ${had.en} only (${needed.en} needed)` }];
}

function reasonOf({ rule, line, signal }: RedLightSpec, { class: name }: ObservedTrack, moment: SignalMoment, atMs: number): Bilingual {
  const state = stateFor(moment, atMs);
  const grace = wordDuration(rule.graceMs);
  return sentence(
    (t) => `${t(wordClass(name))} vượt vạch dừng «${line.name}» khi đèn «${signal.name}» đã ${t(state)} (châm chước ${t(grace)})`,
    (t) => `${t(wordClass(name))} crossed stop line “${line.name}” when signal “${signal.name}” had been ${t(state)} (grace ${t(grace)})`,
  );
}

/** The finding about a vehicle that crossed on red; `past` is null when it was not seen past the line. */
export function redLightFinding(
  spec: RedLightSpec,
  track: ObservedTrack,
  crossed: RedCrossing,
  { past, observation }: { past: Sighting | null; observation: Observation },
): Finding {
  const { rule, camera, signal, line } = spec;
  const { signals: memories, aspect, nowMs } = observation;
  const atLine = signalStateAt(signal, memories, crossed.atMs);
  const sightings = { 'before-line': crossed.before, 'over-line': crossed.over, 'past-line': past };
  const moments = MOMENT_NAMES.flatMap((name) => {
    const sighting = sightings[name];
    return sighting ? [momentAt(signal, memories, name, sighting)] : [];
  });
  const fromMs = crossed.before?.atMs ?? crossed.atMs;
  const toMs = past?.atMs ?? crossed.over?.atMs ?? crossed.atMs;
  const distance = distancePast(wireOf(line, aspect), [track.anchor[0] * aspect, track.anchor[1]], rule.direction);
  return makeFinding(rule, camera, {
    subject: { kind: 'track', id: track.id },
    trackIds: [track.id],
    class: track.class,
    startMs: crossed.atMs,
    raisedAtMs: nowMs,
    endMs: past?.atMs ?? track.lastSeenMs,
    confidence: Math.min(1, Math.max(0, track.score), atLine.confidence),
    reason: {
      text: reasonOf(spec, track, atLine, crossed.atMs),
      measures: [
        { name: 'redMs', value: crossed.atMs - atLine.sinceMs, comparison: '>', threshold: rule.graceMs },
        {
          name: 'pastDistancePictureHeights',
          value: Math.round(distance * 10_000) / 10_000,
          comparison: '>=',
          threshold: rule.pastDistance,
        },
      ],
    },
    box: (crossed.over ?? past)?.box ?? track.box,
    moments,
    fineable: fineableUnless(rule, camera, [
      ...signalDoubts(signal, memories, fromMs, toMs),
      ...changeReasons(spec, memories, crossed.atMs),
      ...momentReasons(signal, memories, moments),
    ]),
  });
}
