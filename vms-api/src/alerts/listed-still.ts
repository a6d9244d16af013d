import { type AlertRecord, isOfItsCamera, raisedAtMsOf } from './alert-record.js';

/** What of a stored still decides. */
interface StoredStill {
  moment: string;
  captured_at_ms: number;
}

/** Names of the moment at which a rule was met or a person saw it; of findings attached later and of a corrected camera too. */
const MET = /(?:^|-)(?:raised|over-line)(?:-\d+)?$/;

/**
 * The one still that stands for an alert wherever one is shown. Those that show the subject of the leading finding come first,
 * then the moment at which its rule was met, then the nearest to it in time. Null while there is none.
 */
export function listedStill<Still extends StoredStill>(message: AlertRecord, stills: readonly Still[]): Still | null {
  const [leading] = message.findings;
  const metMs = leading?.raisedAtMs ?? raisedAtMsOf(message);
  const withSubject = new Set((leading?.moments ?? []).flatMap(({ name, box }) => (box ? [name] : [])));
  const rankOf = ({ moment, captured_at_ms }: StoredStill) => [
    withSubject.has(moment) ? 0 : 1,
    MET.test(moment) ? 0 : 1,
    Math.abs(captured_at_ms - metMs),
  ];
  const ranked = stills
    .filter(({ moment }) => isOfItsCamera(message, moment))
    .map((still) => ({ still, rank: rankOf(still) }))
    .sort((a, b) => a.rank.map((value, index) => value - (b.rank[index] as number)).find((difference) => difference !== 0) ?? 0);
  return ranked[0]?.still ?? null;
}
