import { type CameraHealth, type CameraTrouble, type CameraTroubleKind, PAUSING_TROUBLES } from '@safecity/contracts';
import { Debounce, type DebounceTimes } from './debounce.js';
import { FrozenJudge } from './frozen.js';
import { type HealthPicture, healthPicture, type RgbInput } from './health-picture.js';
import { HEALTH_LIMITS, isComparable, measurePicture, type PictureMeasures } from './picture-judge.js';
import { reasonOf } from './reasons.js';
import { followView, ReferenceLearner, type ViewReference } from './view-reference.js';

/** Pictures are judged no oftener than this. */
const STEP_MS = 1900;
/** A search for a shift is worth its cost only so often. */
const SEARCH_EVERY_MS = 3500;
/** A view that no shift explains weighs less: it must last longer. */
const OTHER_VIEW_MS = 30_000;
/** Longer than this between two pictures, and what the camera did in between is not known. */
const LONGEST_STEP_MS = 60_000;

const TIMES: Record<CameraTroubleKind, DebounceTimes> = {
  offline: { holdMs: 10_000, clearMs: 3000 },
  frozen: { holdMs: 2000, clearMs: 3000 },
  covered: { holdMs: 5000, clearMs: 5000 },
  defocused: { holdMs: 15_000, clearMs: 10_000 },
  moved: { holdMs: 10_000, clearMs: 5000 },
};

type Verdicts = Partial<Record<CameraTroubleKind, boolean | null>>;

/**
 * Judges one camera's health from the small pictures that detection has anyway, and from whether it answers. All times
 * are capture times. A reference is learnt in the first healthy half minute after a start or a change of zones; it
 * follows the light slowly while the view agrees. Holds no clock and no process.
 */
export class CameraHealthJudge {
  readonly #frozen = new FrozenJudge();
  readonly #learner = new ReferenceLearner();
  readonly #debounces = new Map<CameraTroubleKind, Debounce>();
  readonly #troubles = new Map<CameraTroubleKind, CameraTrouble>();
  readonly #onLearnt: (referenceKey: string, reference: ViewReference) => void;
  #reference: ViewReference | null = null;
  #referenceKey: string | null = null;
  #lastMs: number | null = null;
  #searchedMs = Number.NEGATIVE_INFINITY;
  #shiftAt: PictureMeasures | null = null;
  #judged = false;

  /** @param onLearnt gets each reference that was learnt, with its key, to keep it across restarts */
  constructor(onLearnt: (referenceKey: string, reference: ViewReference) => void = () => undefined) {
    this.#onLearnt = onLearnt;
    for (const [kind, times] of Object.entries(TIMES)) this.#debounces.set(kind as CameraTroubleKind, new Debounce(times));
  }

  /** What is wrong now; null before anything could be judged. */
  get health(): CameraHealth | null {
    if (!this.#judged) return null;
    const troubles = [...this.#troubles.values()];
    return { troubles, rulesPaused: troubles.some(({ kind }) => PAUSING_TROUBLES.includes(kind)) };
  }

  /** The reference in force, for measurements; null while none is learnt. */
  get reference(): ViewReference | null {
    return this.#reference;
  }

  /** What the reference belongs to: source and geometry. Another key, and it is learnt anew. */
  keep(referenceKey: string): void {
    if (this.#referenceKey === referenceKey) return;
    this.#referenceKey = referenceKey;
    this.#reference = null;
    this.#learner.reset();
    for (const kind of ['moved', 'defocused'] as const) {
      this.#debounces.get(kind)?.reset();
      this.#troubles.delete(kind);
    }
  }

  /** Takes a reference that was learnt before; left out when it belongs to another key, or one is learnt already. */
  adopt(referenceKey: string, reference: ViewReference): void {
    if (referenceKey !== this.#referenceKey || this.#reference) return;
    this.#reference = reference;
    this.#learner.reset();
  }

  /**
   * Takes in whether the camera answers; call it about once a second.
   * @param newestMs capture time of the newest picture, if there is one
   */
  takeConnection(isAnswering: boolean, newestMs: number | null, nowMs: number): void {
    const silentMs = nowMs - (newestMs ?? nowMs);
    this.#apply('offline', !isAnswering, nowMs, () => reasonOf('offline', null, silentMs), TIMES.offline.holdMs);
    if (this.#troubles.has('offline')) this.#judged = true;
  }

  /** True when a picture of this time would be judged; others need not be prepared. */
  wants(capturedAtMs: number): boolean {
    return this.#lastMs === null || capturedAtMs < this.#lastMs || capturedAtMs - this.#lastMs >= STEP_MS;
  }

  /** Takes a decoded picture in. Returns what was measured, or null when it came too soon after the one before. */
  takePicture(input: RgbInput): PictureMeasures | null {
    if (!this.wants(input.capturedAtMs)) return null;
    const picture = healthPicture(input);
    const stepMs = this.#lastMs === null ? 0 : picture.atMs - this.#lastMs;
    this.#lastMs = picture.atMs;
    if (stepMs < 0 || stepMs > LONGEST_STEP_MS) this.#frozen.reset();
    const measures = this.#measure(picture);
    if (measures.agreement !== null) this.#judged = true;
    this.#judge(measures, picture.atMs);
    this.#learn(picture, measures, stepMs);
    return measures;
  }

  #measure(picture: HealthPicture): PictureMeasures {
    const searches = picture.atMs < this.#searchedMs || picture.atMs - this.#searchedMs >= SEARCH_EVERY_MS;
    const measures = measurePicture(picture, this.#frozen.take(picture), this.#reference, searches);
    const disagrees = measures.agreement !== null && measures.agreement < HEALTH_LIMITS.agreement;
    if (!disagrees) this.#shiftAt = null;
    else if (searches) {
      this.#searchedMs = picture.atMs;
      this.#shiftAt = measures;
    }
    // Between two searches the last one's result stands.
    return disagrees && !searches ? { ...measures, shift: this.#shiftAt?.shift ?? null } : measures;
  }

  #judge(measures: PictureMeasures, atMs: number): void {
    const { texturedShare, edges, sharpness, agreement, shift, frozen } = measures;
    const isCovered = texturedShare <= HEALTH_LIMITS.texturedShare || (edges !== null && edges < HEALTH_LIMITS.edges);
    const isShifted = shift !== null && shift.displacement >= HEALTH_LIMITS.displacement;
    const isOther = agreement !== null && agreement <= HEALTH_LIMITS.otherView;
    const isBlurred = sharpness !== null && sharpness < HEALTH_LIMITS.sharpness;
    const verdicts: Verdicts = {
      frozen: frozen.isFrozen,
      covered: isCovered,
      // A moved view cannot be held against the reference's sharpness, nor a covered or blurred one against its place.
      defocused: isCovered || agreement === null ? null : isBlurred && !isShifted,
      moved: isCovered || agreement === null ? null : isShifted || (isOther && !isBlurred),
    };
    for (const kind of ['frozen', 'covered', 'defocused', 'moved'] as const) {
      const holdMs = kind === 'moved' && !isShifted ? OTHER_VIEW_MS : TIMES[kind].holdMs;
      this.#apply(kind, verdicts[kind] ?? null, atMs, () => reasonOf(kind, measures, frozen.unchangedMs), holdMs);
    }
  }

  #apply(kind: CameraTroubleKind, met: boolean | null, atMs: number, reason: () => CameraTrouble['reason'], holdMs: number): void {
    const debounce = this.#debounces.get(kind) as Debounce;
    debounce.take(met, atMs, holdMs);
    const { sinceMs } = debounce;
    if (sinceMs === null) this.#troubles.delete(kind);
    else if (!this.#troubles.has(kind)) this.#troubles.set(kind, { kind, sinceMs, reason: reason() });
  }

  #learn(picture: HealthPicture, { texturedShare, frozen, agreement, sharpness }: PictureMeasures, stepMs: number): void {
    const isClear = texturedShare > HEALTH_LIMITS.texturedShare && !frozen.isFrozen;
    if (!isComparable(picture, this.#reference)) {
      if (!isClear) this.#learner.reset();
      const learnt = isClear ? this.#learner.take(picture) : null;
      if (!learnt) return;
      this.#reference = learnt;
      this.#judged = true;
      this.#onLearnt(this.#referenceKey ?? '', learnt);
      return;
    }
    const isHealthy = isClear && this.#troubles.size === 0 && (agreement ?? 0) >= HEALTH_LIMITS.agreement && (sharpness ?? 1) > 0.8;
    if (isHealthy) followView(this.#reference, picture, stepMs);
  }
}
