import type { Finding, RuleConfig, Watchlist, WatchlistEntry } from '@safecity/contracts';
import { watchlistHits } from '../plates/watchlist.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import type { PlateSeen, RuleFactory } from './rule-machine.js';
import { sentence, wordClass } from './wording.js';

type PlateWatchlistRule = Extract<RuleConfig, { type: 'plate-watchlist' }>;

/** Vehicles that were told of lately, newest last: `<trackId>/<text>`. */
interface WatchlistState {
  told: string[];
}

interface Hit {
  list: Watchlist;
  entry: WatchlistEntry;
}

const MOST_TOLD = 200;
/** Reasons that fit into one sentence. */
const MOST_REASONS = 3;

function hitsOf({ plate, lists }: PlateSeen, { listIds }: PlateWatchlistRule, unitId: string | undefined): Hit[] {
  const { text } = plate;
  if (text === null || unitId === undefined) return [];
  return lists
    .filter(({ id, unitIds }) => unitIds.includes(unitId) && (listIds === undefined || listIds.includes(id)))
    .flatMap((list) => watchlistHits(text, plate.atMs, list.entries).map((entry) => ({ list, entry })));
}

function reasonOf({ plate, class: className }: PlateSeen, hits: readonly Hit[], rule: PlateWatchlistRule): Finding['reason'] {
  const because = hits
    .slice(0, MOST_REASONS)
    .map(({ list, entry }) => `«${list.name}»: ${entry.reason}`)
    .join('; ');
  return {
    text: sentence(
      (t) => `${t(wordClass(className))} biển số ${plate.text} có trong danh sách ${because}`,
      (t) => `${t(wordClass(className))} with plate ${plate.text} is on the list ${because}`,
    ),
    measures: [{ name: 'plateConfidenceShare', value: plate.confidence, comparison: '>=', threshold: rule.minConfidence }],
  };
}

/**
 * `plate-watchlist`: a vehicle whose plate somebody looks for.
 *
 * Measures: the plate by all readings of the vehicle, and its confidence (`minConfidence` inclusive); entries count while
 * they are valid, on cameras of the list's unit and the units below it. One finding per vehicle and plate, already over when
 * it is raised. Source: readings of plates. Default classes: every road vehicle.
 */
export const plateWatchlist: RuleFactory<PlateWatchlistRule, WatchlistState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  return {
    rule,
    start: () => ({ told: [] }),
    step: (state) => ({ state, changes: [] }),
    takePlate: (state, seen) => {
      const { plate, trackId, box } = seen;
      const key = `${trackId}/${plate.text}`;
      if (plate.confidence < rule.minConfidence || !classes.has(seen.class) || state.told.includes(key)) return [];
      const hits = hitsOf(seen, rule, camera.unitId);
      if (hits.length === 0) return [];
      state.told = [...state.told.slice(-(MOST_TOLD - 1)), key];
      const finding = makeFinding(rule, camera, {
        subject: { kind: 'track', id: trackId },
        trackIds: [trackId],
        class: seen.class,
        plate,
        startMs: plate.atMs,
        raisedAtMs: plate.atMs,
        endMs: plate.atMs,
        confidence: plate.confidence,
        reason: reasonOf(seen, hits, rule),
        box: [...box],
        moments: [{ name: 'raised', atMs: plate.atMs, box: [...box] }],
      });
      return [{ phase: 'raised', finding }];
    },
  };
};
