import type { Bilingual, CameraConfig, ObjectClass, RuleConfig } from '@safecity/contracts';
import { type DwellRule, type DwellState, dwellMachine } from './dwell.js';
import { zoneNameOf } from './level.js';
import type { Observation, ObservedTrack, RuleMachine } from './rule-machine.js';
import { sentence, wordClass, wordDuration } from './wording.js';

/** A rule about a subject that stays in a zone under some condition. */
export type StayRule = Extract<RuleConfig, { zoneId: string; dwellMs: number }>;

interface StayFacts {
  classes: ReadonlySet<ObjectClass>;
  /** An episode survives the condition not being met for this long, ms (exclusive). */
  forgivenMs: number;
  /** What it does there, for the middle of a sentence. */
  does: Bilingual;
  /** What else must hold in a frame. */
  isMet(track: ObservedTrack, observation: Observation): boolean;
  /** What else must have been seen before it is raised. */
  isShown?: DwellRule['isShown'];
  /** Whether what is found may be fined; absent where nobody is fined. */
  fineable?: DwellRule['fineable'];
}

/** The machine of a rule whose subject meets a condition in its zone for `dwellMs` (inclusive), gaps in the video left out. */
export function stayMachine(rule: StayRule, camera: CameraConfig, facts: StayFacts): RuleMachine<DwellState> {
  const zoneName = zoneNameOf(camera, rule.zoneId);
  const spec: DwellRule = {
    rule,
    camera,
    forgivenMs: facts.forgivenMs,
    ...(facts.isShown ? { isShown: facts.isShown } : {}),
    ...(facts.fineable ? { fineable: facts.fineable } : {}),
    metSince: (track, observation, episode) => {
      if (!facts.classes.has(track.class) || !track.zoneIds.includes(rule.zoneId) || !facts.isMet(track, observation)) return null;
      return episode?.startMs ?? observation.nowMs;
    },
    explain: ({ class: subject, dwellMs }) => ({
      text: sentence(
        (t) =>
          `${t(wordClass(subject))} ${t(facts.does)} trong vùng «${zoneName}» ${t(wordDuration(dwellMs))} (ngưỡng ${t(wordDuration(rule.dwellMs))})`,
        (t) =>
          `${t(wordClass(subject))} ${t(facts.does)} in zone “${zoneName}” for ${t(wordDuration(dwellMs))} (threshold ${t(wordDuration(rule.dwellMs))})`,
      ),
      measures: [{ name: 'dwellMs', value: dwellMs, comparison: '>=', threshold: rule.dwellMs }],
    }),
  };
  return dwellMachine(spec);
}
