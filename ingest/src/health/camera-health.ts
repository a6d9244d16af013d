import { type CameraHealth, type CameraTrouble, type CameraTroubleKind, PAUSING_TROUBLES } from '@safecity/contracts';
import { Debounce, type DebounceTimes } from './debounce.js';
import { FrozenJudge } from './frozen.js';
import { type HealthPicture, healthPicture, type RgbInput } from './health-picture.js';
import { type KnownView, KnownViews } from './known-views.js';
import { HEALTH_LIMITS, measurePicture, type PictureMeasures } from './picture-judge.js';
import { PresetPlace, type ViewVerdict, viewVerdict } from './preset-place.js';
import { reasonOf } from './reasons.js';
import { followView, type ViewReference } from './view-reference.js';
import type { WantedView } from './wanted-views.js';

/** Pictures are judged no oftener than this. */
const STEP_MS = 1900;
/** A search for a shift is worth its cost only so often; oftener while it is not known at which preset the camera stands. */
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
  // A camera that is sent from preset to preset has arrived before: the slowest turn right round takes 6 s or so.
  moved: { holdMs: 10_000, clearMs: 5000 },
};

type Verdicts = Partial<Record<CameraTroubleKind, boolean | null>>;

/**
 * Judges one camera's health from the small pictures that detection has anyway, and from whether it answers. All times
 * are capture times. The reference of an only view is learnt in the first healthy half minute after a start or a change
 * of zones, that of a preset after somebody said that the camera stands there; it follows the light slowly while the view
 * agrees. Holds no clock and no process.
 */
export class CameraHealthJudge {
  readonly #frozen = new FrozenJudge();
  readonly #views = new KnownViews();
  readonly #place = new PresetPlace();
  readonly #debounces = new Map<CameraTroubleKind, Debounce>();
  readonly #troubles = new Map<CameraTroubleKind, CameraTrouble>();
  readonly #onLearnt: (view: WantedView, reference: ViewReference) => void;
  #reference: ViewReference | null = null;
  #learntPresets: string[] = [];
  #lastMs: number | null = null;
  #searchedMs = Number.NEGATIVE_INFINITY;
  #shiftAt: { presetId: string | null; measures: PictureMeasures } | null = null;
  /** Counts the views that were searched for a shift in vain. */
  #turn = 0;
  #judged = false;

  /** @param onLearnt gets each reference that was learnt, with its view, to keep it across restarts */
  constructor(onLearnt: (view: WantedView, reference: ViewReference) => void = () => undefined) {
    this.#onLearnt = onLearnt;
    for (const [kind, times] of Object.entries(TIMES)) this.#debounces.set(kind as CameraTroubleKind, new Debounce(times));
  }

  /** What is wrong now; null before anything could be judged. */
  get health(): CameraHealth | null {
    if (!this.#judged) return null;
    const troubles = [...this.#troubles.values()];
    const { hasPresets } = this.#views;
    const isPausing = (kind: CameraTroubleKind) => PAUSING_TROUBLES.includes(kind) && !(hasPresets && kind === 'moved');
    return {
      troubles,
      rulesPaused: troubles.some(({ kind }) => isPausing(kind)),
      ...(hasPresets ? { presetId: this.#place.presetId } : {}),
    };
  }

  /** Presets whose reference fits the pictures; null on a camera without presets. */
  get learntPresets(): string[] | null {
    return this.#views.hasPresets ? this.#learntPresets : null;
  }

  /** The reference that the last picture was held against, for measurements; null while none is learnt. */
  get reference(): ViewReference | null {
    return this.#reference;
  }

  /** The views that the camera is used to. Those that are new, or have another key, are learnt anew. */
  keep(views: readonly WantedView[]): void {
    if (!this.#views.keep(views)) return;
    this.#reference = null;
    this.#place.reset();
    for (const kind of ['moved', 'defocused'] as const) {
      this.#debounces.get(kind)?.reset();
      this.#troubles.delete(kind);
    }
  }

  /** Takes a reference that was learnt before; left out when its key is that of no view, or one is learnt already. */
  adopt(key: string, reference: ViewReference): void {
    this.#views.adopt(key, reference);
  }

  /**
   * Takes in whether the camera answers; call it about once a second.
   * @param newestMs capture time of the newest picture, if there is one
   */
  takeConnection(isAnswering: boolean, newestMs: number | null, nowMs: number): void {
    const silentMs = nowMs - (newestMs ?? nowMs);
    this.#apply('offline', !isAnswering, nowMs, () => reasonOf('offline', null, { forMs: silentMs }), TIMES.offline.holdMs);
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
    const view = this.#views.nearest(picture, this.#place.lastId, this.#turn);
    const measures = this.#measure(picture, view);
    const verdict = viewVerdict(measures);
    // A shift that was found is followed; where none was, the next view is searched for one.
    if (verdict === 'here') this.#turn = 0;
    else if (measures.shift === null) this.#turn++;
    if (!isCovered(measures)) this.#place.take(view?.presetId ?? null, verdict);
    if (measures.agreement !== null || this.#views.hasPresets) this.#judged = true;
    this.#reference = view?.reference ?? null;
    this.#judge(measures, { atMs: picture.atMs, isAway: this.#isAway(picture, measures, verdict), view });
    this.#learn(picture, measures, { stepMs, isHere: verdict === 'here', view });
    return measures;
  }

  #measure(picture: HealthPicture, view: KnownView | null): PictureMeasures {
    const isTurning = this.#views.hasPresets && this.#place.presetId === null;
    const searches = isTurning || picture.atMs < this.#searchedMs || picture.atMs - this.#searchedMs >= SEARCH_EVERY_MS;
    const measures = measurePicture(picture, this.#frozen.take(picture), view?.reference ?? null, searches);
    const disagrees = measures.agreement !== null && measures.agreement < HEALTH_LIMITS.agreement;
    const presetId = view?.presetId ?? null;
    if (!disagrees || this.#shiftAt?.presetId !== presetId) this.#shiftAt = null;
    if (disagrees && searches) {
      this.#searchedMs = picture.atMs;
      this.#shiftAt = { presetId, measures };
    }
    // Between two searches the last one's result stands.
    return disagrees && !searches ? { ...measures, shift: this.#shiftAt?.measures.shift ?? null } : measures;
  }

  /** The picture shows none of the views; null when that cannot be said. */
  #isAway(picture: HealthPicture, measures: PictureMeasures, verdict: ViewVerdict): boolean | null {
    if (isCovered(measures) || measures.agreement === null) return null;
    if (!this.#views.hasPresets) return verdict === 'away' || verdict === 'shifted';
    // Somebody said that it stands where it should.
    return this.#views.isLearning(picture) ? null : this.#place.presetId === null && verdict !== 'here';
  }

  #judge(measures: PictureMeasures, { atMs, isAway, view }: { atMs: number; isAway: boolean | null; view: KnownView | null }): void {
    const { sharpness, agreement, shift, frozen } = measures;
    const isShifted = isAway === true && shift !== null;
    const isBlurred = sharpness !== null && sharpness < HEALTH_LIMITS.sharpness;
    const verdicts: Verdicts = {
      frozen: frozen.isFrozen,
      covered: isCovered(measures),
      // A moved view cannot be held against the reference's sharpness, nor a covered or blurred one against its place.
      defocused: isCovered(measures) || agreement === null ? null : isBlurred && !isShifted,
      moved: isAway === null ? null : isAway && (isShifted || !isBlurred),
    };
    for (const kind of ['frozen', 'covered', 'defocused', 'moved'] as const) {
      const holdMs = kind === 'moved' && !isShifted ? OTHER_VIEW_MS : TIMES[kind].holdMs;
      this.#apply(
        kind,
        verdicts[kind] ?? null,
        atMs,
        () => reasonOf(kind, measures, { forMs: frozen.unchangedMs, view: view?.name }),
        holdMs,
      );
    }
  }

  #apply(kind: CameraTroubleKind, met: boolean | null, atMs: number, reason: () => CameraTrouble['reason'], holdMs: number): void {
    const debounce = this.#debounces.get(kind) as Debounce;
    debounce.take(met, atMs, holdMs);
    const { sinceMs } = debounce;
    if (sinceMs === null) this.#troubles.delete(kind);
    else if (!this.#troubles.has(kind)) this.#troubles.set(kind, { kind, sinceMs, reason: reason() });
  }

  #learn(
    picture: HealthPicture,
    measures: PictureMeasures,
    { stepMs, isHere, view }: { stepMs: number; isHere: boolean; view: KnownView | null },
  ): void {
    const { texturedShare, frozen, agreement, sharpness } = measures;
    const isClear = texturedShare > HEALTH_LIMITS.texturedShare && !frozen.isFrozen;
    // A picture of another preset is no picture of the one that is to be learnt.
    const learnt = this.#views.learn(picture, isClear && !isHere);
    this.#learntPresets = this.#views.comparable(picture).flatMap(({ presetId }) => presetId ?? []);
    if (learnt) {
      this.#reference = learnt.reference;
      this.#judged = true;
      this.#onLearnt(learnt.wanted, learnt.reference);
      return;
    }
    const isHealthy = isClear && this.#troubles.size === 0 && (agreement ?? 0) >= HEALTH_LIMITS.agreement && (sharpness ?? 1) > 0.8;
    if (isHealthy && view) followView(view.reference, picture, stepMs);
  }
}

function isCovered({ texturedShare, edges }: PictureMeasures): boolean {
  return texturedShare <= HEALTH_LIMITS.texturedShare || (edges !== null && edges < HEALTH_LIMITS.edges);
}
