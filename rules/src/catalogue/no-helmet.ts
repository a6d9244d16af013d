import { CLASS_GROUPS, type Finding, type RuleConfig } from '@safecity/contracts';
import { type AttributeVote, voteAttribute } from '../attributes/attribute-tracks.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { fineableUnless } from './fineable.js';
import type { AttributesSeen, FindingChange, RuleFactory } from './rule-machine.js';
import { sentence, wordClass } from './wording.js';

type NoHelmetRule = Extract<RuleConfig, { type: 'no-helmet' }>;

/** Of the looks that tell yes or no, this share must say no (inclusive). */
const AGREEING_SHARE = 0.75;
const TWO_WHEELERS: ReadonlySet<string> = new Set(CLASS_GROUPS['two-wheeler']);

/** trackId → what was raised of it. Plain JSON; dropped with the track. */
type NoHelmetState = Record<string, { finding: Finding; people: number[] }>;

function isBare({ yes, no }: AttributeVote, { minLooks }: NoHelmetRule): boolean {
  return no >= minLooks && no >= AGREEING_SHARE * (yes + no);
}

function reasonOf({ class: className }: AttributesSeen, bare: readonly AttributeVote[], { minLooks }: NoHelmetRule): Finding['reason'] {
  const looks = Math.min(...bare.map(({ no }) => no));
  const who = {
    vi: bare.map(({ person }) => (person === 0 ? 'người lái' : `người ngồi sau thứ ${person}`)).join(', '),
    en: bare.map(({ person }) => (person === 0 ? 'the driver' : `passenger ${person}`)).join(', '),
  };
  return {
    text: sentence(
      (t) => `${t(wordClass(className))}: ${t(who)} không đội mũ bảo hiểm, thấy trong ${looks} ảnh (ngưỡng ${minLooks})`,
      (t) => `${t(wordClass(className))}: ${t(who)} without a helmet, seen in ${looks} pictures (threshold ${minLooks})`,
    ),
    measures: [
      { name: 'people', value: bare.length, comparison: '>=', threshold: 1 },
      { name: 'agreeingLooks', value: looks, comparison: '>=', threshold: minLooks },
    ],
  };
}

/**
 * `no-helmet`: somebody on a two-wheeler wears no helmet.
 *
 * Measures: how many looks at the track say no of the same person (`minLooks` inclusive, each with `minScore` or more), and
 * that these are three quarters of the looks that tell. One finding per two-wheeler, brought up to date when another of its
 * people is found bare-headed. Source: attributes of a model; **nothing gives them yet**, so the rule is off and
 * `safecity analyze` says so. Not fineable on a simulated camera. Default classes: motorcycles, and two-wheelers only.
 */
export const noHelmet: RuleFactory<NoHelmetRule, NoHelmetState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['motorcycle']);

  function findingOf(seen: AttributesSeen, bare: readonly AttributeVote[], before: Finding | undefined): Finding {
    const { trackId, box, atMs } = seen;
    const first = bare.map(({ firstNo }) => firstNo).reduce((a, b) => (a && b && b.atMs < a.atMs ? b : a)) ?? { atMs, box };
    const moments = before?.moments ?? [
      { name: 'first', atMs: first.atMs, box: first.box },
      { name: 'raised', atMs, box },
    ];
    return makeFinding(rule, camera, {
      subject: { kind: 'track', id: trackId },
      trackIds: [trackId],
      class: seen.class,
      startMs: before?.startMs ?? first.atMs,
      raisedAtMs: before?.raisedAtMs ?? atMs,
      confidence: Math.max(...bare.map(({ noScore }) => noScore)),
      reason: reasonOf(seen, bare, rule),
      box,
      moments,
      fineable: fineableUnless(rule, camera),
    });
  }

  return {
    rule,
    start: () => ({}),
    step: (state, { tracks, restarted, nowMs }) => {
      const changes: FindingChange[] = [];
      const present = new Map(restarted ? [] : tracks.map((track) => [track.id, track]));
      for (const [trackId, { finding }] of Object.entries(state)) {
        if (present.has(trackId)) continue;
        delete state[trackId];
        changes.push({ phase: 'ended', finding: { ...finding, endMs: Math.max(finding.raisedAtMs, nowMs) } });
      }
      return { state, changes };
    },
    takeAttributes: (state, seen) => {
      if (!classes.has(seen.class) || !TWO_WHEELERS.has(seen.class)) return [];
      const bare = voteAttribute(seen.track, 'helmet', rule.minScore).filter((vote) => isBare(vote, rule));
      const known = state[seen.trackId];
      const people = bare.map(({ person }) => person);
      if (people.every((person) => known?.people.includes(person))) return [];
      const finding = findingOf(seen, bare, known?.finding);
      state[seen.trackId] = { finding, people };
      return [{ phase: known ? 'updated' : 'raised', finding }];
    },
  };
};
