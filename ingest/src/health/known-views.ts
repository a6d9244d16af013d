import type { HealthPicture } from './health-picture.js';
import { HEALTH_LIMITS, isComparable } from './picture-judge.js';
import { agreement } from './view-match.js';
import { ReferenceLearner, type ViewReference } from './view-reference.js';
import type { WantedView } from './wanted-views.js';

/** A view with its reference. */
export interface KnownView {
  presetId: string | null;
  name: string;
  reference: ViewReference;
}

interface View {
  wanted: WantedView;
  reference: ViewReference | null;
}

/** The views of one camera and their references, one of which is learnt at a time. */
export class KnownViews {
  #views: View[] = [];
  readonly #learner = new ReferenceLearner();
  #learning: View | null = null;

  /** True on a camera with presets. */
  get hasPresets(): boolean {
    return this.#views.some(({ wanted }) => wanted.presetId !== null);
  }

  /** Takes the views that are wanted now; references with another key are void. Returns whether any view changed. */
  keep(wanted: readonly WantedView[]): boolean {
    const before = this.#views;
    this.#views = wanted.map((view) => {
      const known = before.find((one) => one.wanted.presetId === view.presetId && one.wanted.key === view.key);
      return { wanted: view, reference: known?.reference ?? null };
    });
    const keys = (views: readonly View[]) => views.map((view) => view.wanted.key).join('\n');
    if (keys(before) === keys(this.#views)) return false;
    this.#stopLearning();
    return true;
  }

  /** Takes a reference that was learnt before; left out when it belongs to no view, or one is learnt already. */
  adopt(key: string, reference: ViewReference): void {
    const view = this.#views.find(({ wanted }) => wanted.key === key);
    if (!view || view.reference) return;
    view.reference = reference;
    if (view === this.#learning) this.#stopLearning();
  }

  /** Views that this picture can be held against. */
  comparable(picture: HealthPicture): KnownView[] {
    return this.#views.flatMap(({ wanted: { presetId, name }, reference }) =>
      isComparable(picture, reference) ? [{ presetId, name, reference }] : [],
    );
  }

  /**
   * The view that the picture is to be held against: the last one while it agrees, because a picture that agrees with two
   * says nothing; else the one that agrees most. When none does, each has its turn to be searched for a shift.
   * @param lastId preset at which the camera stood last
   */
  nearest(picture: HealthPicture, lastId: string | null, turn: number): KnownView | null {
    const views = this.comparable(picture).sort((a, b) => Number(b.presetId === lastId) - Number(a.presetId === lastId));
    if (views.length < 2) return views[0] ?? null;
    let best: { view: KnownView; share: number } | null = null;
    for (const view of views) {
      const share = agreement(view.reference, picture.small, view.reference.cells);
      if (share > (best?.share ?? HEALTH_LIMITS.otherView)) best = { view, share };
      if (view.presetId === lastId && share >= HEALTH_LIMITS.agreement) break;
    }
    return best?.view ?? (views[turn % views.length] as KnownView);
  }

  /** True while the view of a picture of this time is to be learnt. */
  isLearning(picture: HealthPicture): boolean {
    return this.#toLearn(picture) !== undefined;
  }

  /**
   * Learns from a picture, where a view is to be learnt now.
   * @param isClear false when the picture shows nothing, or another view: what was learnt so far is forgotten
   */
  learn(picture: HealthPicture, isClear: boolean): { wanted: WantedView; reference: ViewReference } | null {
    const view = this.#toLearn(picture);
    if (!view || !isClear || view !== this.#learning) this.#stopLearning();
    if (!view || !isClear) return null;
    this.#learning = view;
    const reference = this.#learner.take(picture);
    if (!reference) return null;
    view.reference = reference;
    this.#stopLearning();
    return { wanted: view.wanted, reference };
  }

  #toLearn(picture: HealthPicture): View | undefined {
    const isTime = ({ wanted }: View) => picture.atMs >= wanted.learnFromMs && picture.atMs < wanted.learnUntilMs;
    return this.#views.find((view) => isTime(view) && !isComparable(picture, view.reference));
  }

  #stopLearning(): void {
    this.#learning = null;
    this.#learner.reset();
  }
}
