import type { AlertDetail } from '../api/types.js';
import { incidentWords } from '../incidents/incident-words.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import type { Dictionary } from '../text/vi.js';
import { useWords } from '../text/words.js';
import { StateChip, useTypeName } from './alert-title.js';
import { lifeWords } from './life-words.js';

type Entry = AlertDetail['history'][number];

/** A false alarm's comment begins with the code of its reason; people read its words. */
function commentInWords(entry: Entry, text: Dictionary): string | null {
  if (!entry.comment) return null;
  const [code, ...rest] = entry.comment.split(': ');
  const reason = (text.falseAlarmReasons as Record<string, string>)[code ?? ''];
  return entry.action === 'false-alarm' && reason ? [reason, ...rest].join(': ') : entry.comment;
}

/** What happened to the alert and who did it. */
export function History({ entries }: { entries: AlertDetail['history'] | null }) {
  const { text, language } = useText();
  const words = useWords(lifeWords);
  const nowMs = useNowMs();
  return (
    <section className="card">
      <h2>{text.history}</h2>
      <ul className="lines">
        {(entries ?? []).map((entry, index) => {
          const comment = commentInWords(entry, text);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries are only ever added at the end
            <li key={index} data-testid="history" data-action={entry.action}>
              <time>{moment(entry.atMs, nowMs, language)}</time>
              <span>
                {words.actions[entry.action] ?? text.actions[entry.action] ?? entry.action}{' '}
                {entry.object && <strong>→ {entry.object} </strong>}
                {entry.fromState !== entry.toState && entry.toState && <StateChip state={entry.toState} />}
                <small>
                  {entry.actor === 'system' ? text.systemActor : entry.actor}
                  {comment && ` · ${comment}`}
                </small>
                {entry.changes && <Changes changes={entry.changes} />}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What was corrected, as it was and as it is. */
function Changes({ changes }: { changes: NonNullable<Entry['changes']> }) {
  const { text } = useText();
  const words = useWords(incidentWords);
  const typeName = useTypeName();
  const shown = (field: string, value: string | null) => {
    if (value === null) return words.nothing;
    if (field === 'severity') return (text.severity as Record<string, string>)[value] ?? value;
    return field === 'type' ? typeName(value as AlertDetail['type']) : value;
  };
  return (
    <small className="history-changes">
      {changes.map(({ field, from, to }) => (
        <span key={field} data-testid={`changed-${field}`}>
          {words.fields[field]}: <s>{shown(field, from)}</s> → <b>{shown(field, to)}</b>
        </span>
      ))}
    </small>
  );
}
