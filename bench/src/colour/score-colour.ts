import type { VehicleColour } from '@safecity/contracts';
import { wilsonInterval } from '../plates/plate-metrics.js';

/** One vehicle labelled by eye, and what was said of it. */
export interface ColourAnswer {
  /** Names that somebody would give it, the best first; empty when nobody could tell. */
  colours: readonly VehicleColour[];
  /** Null: nothing was said. */
  said: VehicleColour | null;
  /** False: nothing was detected there, so nobody looked. */
  isTracked: boolean;
}

export interface ColourScore {
  labels: number;
  /** Of the labels; the figures below are of these. */
  tracked: number;
  said: number;
  /** Said is one of the names that the label gives. */
  right: number;
  /** `right / said`; null when nothing was said. */
  accuracy: number | null;
  /** Wilson interval of the accuracy at 95 %. Vehicles of one clip are not independent, so it is too narrow. */
  interval: [number, number];
  /** Share of the tracked of which nothing was said. */
  unknownShare: number | null;
  /** Best name of the label (`none`: nobody could tell) → what was said (`unknown`: nothing) → how often. Another right name counts as the best one. */
  confusion: Record<string, Record<string, number>>;
}

function isRight({ colours, said }: ColourAnswer): boolean {
  return said !== null && colours.includes(said);
}

function confusionOf(answers: readonly ColourAnswer[]): ColourScore['confusion'] {
  const confusion: ColourScore['confusion'] = {};
  for (const answer of answers) {
    const best = answer.colours[0] ?? 'none';
    const said = isRight(answer) ? best : (answer.said ?? 'unknown');
    confusion[best] ??= {};
    const row = confusion[best];
    row[said] = (row[said] ?? 0) + 1;
  }
  return confusion;
}

/** How often the colour of labelled vehicles was told, and how often that was right. */
export function scoreColours(answers: readonly ColourAnswer[]): ColourScore {
  const tracked = answers.filter(({ isTracked }) => isTracked);
  const said = tracked.filter((answer) => answer.said !== null);
  const right = said.filter(isRight).length;
  return {
    labels: answers.length,
    tracked: tracked.length,
    said: said.length,
    right,
    accuracy: said.length === 0 ? null : right / said.length,
    interval: wilsonInterval(right, said.length),
    unknownShare: tracked.length === 0 ? null : (tracked.length - said.length) / tracked.length,
    confusion: confusionOf(tracked),
  };
}
