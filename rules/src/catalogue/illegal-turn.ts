import type { Bilingual, Box, CameraConfig, ObjectClass, RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { fineableUnless } from './fineable.js';
import { type LineState, stepLine } from './line-crossings.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordDuration } from './wording.js';

type IllegalTurnRule = Extract<RuleConfig, { type: 'illegal-turn' }>;

/** State: each track's place at the two lines, and where it came in. Dropped with the track. */
export interface IllegalTurnState {
  entryLine: LineState;
  exitLine: LineState;
  entered: Record<string, { atMs: number; box: Box }>;
}

interface Passage {
  track: ObservedTrack;
  atMs: number;
}

/** One end of a turn: who passes it in a frame. */
interface TurnEnd {
  name: string;
  passages(lineState: LineState, observation: Observation): Passage[];
}

function endOf(rule: IllegalTurnRule, camera: CameraConfig, end: 'entry' | 'exit', classes: ReadonlySet<ObjectClass>): TurnEnd {
  const lineId = rule[`${end}LineId`];
  const zoneId = rule[`${end}ZoneId`];
  const direction = rule[`${end}Direction`];
  const minTrackAgeMs = rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;
  const line = camera.lines.find(({ id }) => id === lineId);
  if (line) {
    const passages = (state: LineState, observation: Observation) =>
      stepLine({ line, classes, minTrackAgeMs }, state, observation).filter(({ towards }) => direction === 'both' || towards === direction);
    return { name: line.name, passages };
  }
  const isIn = (track: ObservedTrack, nowMs: number) =>
    track.seen &&
    classes.has(track.class) &&
    nowMs - track.firstMs >= minTrackAgeMs &&
    zoneId !== undefined &&
    track.zoneIds.includes(zoneId);
  return {
    name: camera.zones.find(({ id }) => id === zoneId)?.name ?? '',
    passages: (_state, { tracks, nowMs }) => tracks.filter((track) => isIn(track, nowMs)).map((track) => ({ track, atMs: nowMs })),
  };
}

/**
 * `illegal-turn`: a vehicle comes in by one way and leaves by another, as a sign forbids.
 *
 * Measures: time from when one track's anchor was last at the entry (crossed the line, was in the zone) to when it is
 * first at the exit, ms of capture time (`withinMs` inclusive). Source: tracks: a vehicle that the tracker loses between
 * them is not found. Raised, already over, at the exit, once for each entry; two moments, entry and exit. Not fineable on
 * a simulated camera. Default classes: every road vehicle.
 */
export const illegalTurn: RuleFactory<IllegalTurnRule, IllegalTurnState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const entry = endOf(rule, camera, 'entry', classes);
  const exit = endOf(rule, camera, 'exit', classes);
  const textOf = (subject: Bilingual, turnMs: number) =>
    sentence(
      (t) => `${t(subject)} vào qua «${entry.name}» rồi ra qua «${exit.name}» sau ${t(wordDuration(turnMs))}`,
      (t) => `${t(subject)} entered by “${entry.name}” and left by “${exit.name}” ${t(wordDuration(turnMs))} later`,
    );
  const raise = ({ track, atMs }: Passage, entered: { atMs: number; box: Box }, { nowMs }: Observation): FindingChange => ({
    phase: 'raised',
    finding: makeFinding(rule, camera, {
      subject: { kind: 'track', id: track.id },
      trackIds: [track.id],
      class: track.class,
      startMs: entered.atMs,
      raisedAtMs: nowMs,
      endMs: atMs,
      confidence: Math.min(1, Math.max(0, track.score)),
      reason: {
        text: textOf(wordClass(track.class), atMs - entered.atMs),
        measures: [{ name: 'turnMs', value: atMs - entered.atMs, comparison: '<=', threshold: rule.withinMs }],
      },
      box: [...track.box],
      moments: [
        { name: 'first', atMs: entered.atMs, box: entered.box },
        { name: 'raised', atMs: nowMs, box: [...track.box] },
      ],
      fineable: fineableUnless(rule, camera),
    }),
  });
  return {
    rule,
    start: () => ({ entryLine: {}, exitLine: {}, entered: {} }),
    step: (state, observation) => {
      const present = new Set(observation.restarted ? [] : observation.tracks.map(({ id }) => id));
      for (const id of Object.keys(state.entered)) if (!present.has(id)) delete state.entered[id];
      const entries = entry.passages(state.entryLine, observation);
      for (const { track, atMs } of entries) state.entered[track.id] = { atMs, box: [...track.box] };
      const changes = exit.passages(state.exitLine, observation).flatMap((passage) => {
        const entered = state.entered[passage.track.id];
        // Where entry and exit overlap it has not left yet.
        if (!entered || entries.some(({ track, atMs }) => track.id === passage.track.id && atMs >= passage.atMs)) return [];
        if (passage.atMs < entered.atMs) return [];
        delete state.entered[passage.track.id];
        return passage.atMs - entered.atMs <= rule.withinMs ? [raise(passage, entered, observation)] : [];
      });
      return { state, changes };
    },
  };
};
