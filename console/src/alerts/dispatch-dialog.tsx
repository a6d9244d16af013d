import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Alert } from '../api/types.js';
import { useRefusal } from '../refusals/refused.js';
import { Dialog } from '../shell/dialog.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { AlertTitle } from './alert-title.js';
import { lifeWords } from './life-words.js';

/** Asks where an alert is sent; one number key answers. */
export function DispatchDialog(props: { alert: Alert; onChoose: (destinationId: string) => void; onLeave: () => void }) {
  const { alert, onChoose, onLeave } = props;
  const { text } = useText();
  const words = useWords(lifeWords);
  const { data, error, refetch } = useQuery({
    queryKey: ['alert', alert.id, 'destinations'],
    queryFn: () => answerOf(api.GET('/api/v1/alerts/{alertId}/destinations', { params: { path: { alertId: alert.id } } })),
    staleTime: 0,
  });
  const { general } = useRefusal(error);
  // One that has it by hand already cannot be chosen again, unless the message did not arrive.
  const choices = (data?.destinations ?? []).map((destination) => {
    const earlier = alert.dispatches.find(({ destinationId }) => destinationId === destination.id);
    return { ...destination, done: earlier !== undefined && destination.informed ? earlier.by : null };
  });
  const keys = choices.slice(0, 9).flatMap(({ id, done }, index) => (done === null ? [[String(index + 1), () => onChoose(id)]] : []));
  useShortcuts(Object.fromEntries(keys) as Record<string, () => void>, { inDialog: true });
  return (
    <Dialog label={words.dispatchTitle} onLeave={onLeave}>
      <h2>{words.dispatchTitle}</h2>
      <p className="dialog-subject">
        <AlertTitle alert={alert} />
      </p>
      {!data && !error && <p className="hint">{text.loading}</p>}
      {error && (
        <p className="message message-error" role="alert">
          {general}{' '}
          <button type="button" className="button button-small" onClick={() => void refetch()}>
            {text.retry}
          </button>
        </p>
      )}
      {data && choices.length === 0 && <p className="hint">{words.dispatchNone}</p>}
      <ol className="choices">
        {choices.map(({ id, name, centre, mode, informed, done }, index) => (
          <li key={id}>
            <button type="button" data-testid={`dispatch-${id}`} disabled={done !== null} onClick={() => onChoose(id)}>
              {index < 9 && <kbd>{index + 1}</kbd>}
              <span>
                <strong>{name}</strong> · {words.centres[centre]}
                {mode === 'exercise' && ` · ${words.exercise}`}
                {done !== null && <small>{words.dispatchDone(done)}</small>}
                {done === null && informed && <small>{words.dispatchInformed}</small>}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <p className="hint">{words.dispatchHint}</p>
    </Dialog>
  );
}
