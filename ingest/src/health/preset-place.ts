import { HEALTH_LIMITS, type PictureMeasures } from './picture-judge.js';

/**
 * What one look says of the nearest view: the camera shows it; it shows another one; it seems to show it shifted, which
 * one look does not prove; or it cannot be said.
 */
export type ViewVerdict = 'here' | 'away' | 'shifted' | null;

/** Judges one look. A view that moved by less than what counts as moved is where it was, however little agrees. */
export function viewVerdict({ agreement, shift }: PictureMeasures): ViewVerdict {
  if (agreement === null) return null;
  const isSmall = shift !== null && shift.displacement < HEALTH_LIMITS.displacement;
  if (agreement >= HEALTH_LIMITS.agreement || isSmall) return 'here';
  if (agreement <= HEALTH_LIMITS.otherView) return 'away';
  return shift === null ? null : 'shifted';
}

/**
 * Looks, about 2 s apart, that must show a preset before the camera stands there: a camera that pans past one shows it
 * once, and never twice within 1.5 % of the picture.
 */
const ARRIVAL_LOOKS = 2;
/** Looks that must show a shift before the camera stands there no longer: a crowd can look like one once. */
const SHIFTED_LOOKS = 2;

/**
 * At which of its presets a camera stands. Leaving takes one look that shows another view, because rules must not see
 * boxes of a view that they were not drawn for; arriving takes two.
 */
export class PresetPlace {
  #presetId: string | null = null;
  #lastId: string | null = null;
  #arriving: { presetId: string; looks: number } | null = null;
  #shiftedLooks = 0;

  /** Null: at none that is known, as while it turns. */
  get presetId(): string | null {
    return this.#presetId;
  }

  /** Where it stands, or stood last. */
  get lastId(): string | null {
    return this.#lastId;
  }

  /** @param nearestId preset of the view that `verdict` is about; null on a camera without presets */
  take(nearestId: string | null, verdict: ViewVerdict): void {
    if (verdict === null || nearestId === null) return;
    this.#shiftedLooks = verdict === 'shifted' ? this.#shiftedLooks + 1 : 0;
    if (verdict === 'shifted' && this.#shiftedLooks < SHIFTED_LOOKS) return;
    if (verdict !== 'here') this.reset();
    else if (nearestId === this.#presetId) this.#arriving = null;
    else this.#arrive(nearestId);
  }

  /** It is not known any more. */
  reset(): void {
    this.#presetId = null;
    this.#arriving = null;
  }

  #arrive(presetId: string): void {
    const looks = this.#arriving?.presetId === presetId ? this.#arriving.looks + 1 : 1;
    const isThere = looks >= ARRIVAL_LOOKS;
    this.#presetId = isThere ? presetId : null;
    this.#lastId = isThere ? presetId : this.#lastId;
    this.#arriving = isThere ? null : { presetId, looks };
  }
}
