import {
  type Bilingual,
  type CameraConfig,
  type Finding,
  type RuleTypeId,
  ruleTypeFacts,
  type Signal,
  type SignalState,
} from '@safecity/contracts';
import { findingId } from '../catalogue/finding.js';
import type { FindingChange } from '../catalogue/rule-machine.js';
import { SIGNAL_WORDS, SOURCE_WORDS, sentence, wordDuration } from '../catalogue/wording.js';
import { disagreement } from './signal-memory.js';
import type { SignalMemories } from './signal-state.js';

/** Its rule's id too, because nobody configures one. */
const TYPE: RuleTypeId = 'camera-signal-disagreement';
/** Sources that differ for so long are worth somebody's time (inclusive): a controller, a lamp or a drawn region is wrong. */
const ALERT_AFTER_MS = 10_000;

/** What each of the two says, in words. */
function words(signal: Signal, first: SignalState, second: SignalState, apartMs: number): Bilingual {
  const check = signal.check?.kind ?? 'picture';
  return sentence(
    (t) =>
      `đèn «${signal.name}»: ${t(SIGNAL_WORDS[first])} (${t(SOURCE_WORDS[signal.source.kind])}) nhưng ${t(SIGNAL_WORDS[second])} (${t(SOURCE_WORDS[check])}), đã ${t(wordDuration(apartMs))}`,
    (t) =>
      `signal “${signal.name}”: ${t(SIGNAL_WORDS[first])} (${t(SOURCE_WORDS[signal.source.kind])}) but ${t(SIGNAL_WORDS[second])} (${t(SOURCE_WORDS[check])}), for ${t(wordDuration(apartMs))}`,
  );
}

function wordsNow(signal: Signal, memories: SignalMemories, nowMs: number): { text: Bilingual; apartMs: number; sinceMs: number } | null {
  const memory = memories[signal.id];
  const apart = disagreement(signal, memory, nowMs);
  const first = memory?.spans.at(-1)?.state;
  if (!apart || !memory?.apart || !first) return null;
  return { ...apart, text: words(signal, first, memory.apart.checkState, apart.apartMs) };
}

/** Signals whose sources disagree now, longer than a change explains, for the overlay; undefined when none do. */
export function signalDoubtWords(
  signals: readonly Signal[],
  memories: SignalMemories,
  nowMs: number,
): Record<string, Bilingual> | undefined {
  const doubts = signals.flatMap((signal) => {
    const doubt = wordsNow(signal, memories, nowMs);
    return doubt ? [[signal.id, doubt.text] as const] : [];
  });
  return doubts.length > 0 ? Object.fromEntries(doubts) : undefined;
}

/** The alert about sources that disagree: raised when it has lasted, ended when they agree again or one falls silent. */
export function disagreementChanges(
  state: { openFindings: Readonly<Record<string, Finding>>; signals?: SignalMemories },
  camera: CameraConfig,
  nowMs: number,
): FindingChange[] {
  const now = camera.signals.flatMap((signal) => {
    const apart = wordsNow(signal, state.signals ?? {}, nowMs);
    if (!apart || apart.apartMs < ALERT_AFTER_MS) return [];
    return [findingOf(camera, signal, apart, nowMs)];
  });
  const known = Object.values(state.openFindings).filter(({ type }) => type === TYPE);
  const ended = known.filter(({ id }) => !now.some((finding) => finding.id === id));
  return [
    ...ended.map((finding): FindingChange => ({ phase: 'ended', finding: { ...finding, endMs: nowMs } })),
    ...now.filter(({ id }) => !known.some((finding) => finding.id === id)).map((finding): FindingChange => ({ phase: 'raised', finding })),
  ];
}

function findingOf(
  camera: CameraConfig,
  signal: Signal,
  { text, apartMs, sinceMs }: { text: Bilingual; apartMs: number; sinceMs: number },
  nowMs: number,
): Finding {
  const subject = { kind: 'camera' as const, id: signal.id };
  return {
    id: findingId(camera.id, TYPE, subject, sinceMs),
    type: TYPE,
    ruleId: TYPE,
    ruleName: ruleTypeFacts(TYPE).name.vi,
    cameraId: camera.id,
    configRevision: camera.revision,
    subject,
    trackIds: [],
    startMs: sinceMs,
    raisedAtMs: nowMs,
    confidence: 1,
    reason: { text, measures: [{ name: 'apartMs', value: apartMs, comparison: '>=', threshold: ALERT_AFTER_MS }] },
    moments: [{ name: 'raised', atMs: nowMs }],
  };
}
