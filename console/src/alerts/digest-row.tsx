import type { Alert } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useTypeName } from './alert-title.js';
import { digestOf, INTERRUPTIONS_PER_HOUR } from './digest.js';

/** The alerts that do not interrupt, summed up in one row that opens to all of them; nothing while there are none. */
export function DigestRow({ alerts, open, onToggle }: { alerts: readonly Alert[]; open: boolean; onToggle: () => void }) {
  const { text, language } = useText();
  const typeName = useTypeName();
  const nowMs = useNowMs();
  const digest = digestOf(alerts, nowMs);
  if (!digest) return null;
  const when = digest.sinceMs === null ? text.digestLastHour : text.digestSince(moment(digest.sinceMs, nowMs, language));
  const types = digest.byType.map(({ type, count }) => {
    const name = typeName(type);
    return `${count} ${name.charAt(0).toLocaleLowerCase()}${name.slice(1)}`;
  });
  return (
    <li className="digest">
      <button
        type="button"
        className="digest-row"
        data-testid="digest"
        aria-expanded={open}
        title={text.digestExplained(INTERRUPTIONS_PER_HOUR)}
        onClick={onToggle}
      >
        <span aria-hidden="true">{open ? '▾' : '▸'}</span>
        <span>
          <strong>{text.digest(digest.count, when)}</strong>: {types.join(', ')} <kbd>D</kbd>
        </span>
      </button>
    </li>
  );
}
