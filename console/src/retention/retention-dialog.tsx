import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { RetentionOverview } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { Dialog } from '../shell/dialog.js';
import { useWords } from '../text/words.js';
import { retentionWords } from './retention-words.js';

const MIN_REASON = 3;

/** For how many days one class is kept; warns before it becomes shorter. */
export function RetentionDialog(props: { setting: RetentionOverview['classes'][number]; onLeave: () => void; onDone: () => void }) {
  const { setting, onLeave, onDone } = props;
  const words = useWords(retentionWords);
  const [days, setDays] = useState(String(setting.days));
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const title = words.changeTitle(words.class[setting.class]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await answerOf(api.PUT('/api/v1/retention', { body: { class: setting.class, days: Number(days), reason: reason.trim() } }));
      onDone();
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <Dialog label={title} onLeave={onLeave}>
      <form className="retention-form" onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        <label className="field">
          {words.columns.days} ({setting.minDays}–{setting.maxDays})
          <input
            type="number"
            required
            min={setting.minDays}
            max={setting.maxDays}
            value={days}
            data-testid="retention-days"
            onChange={(event) => setDays(event.target.value)}
          />
        </label>
        <Refused error={problem} />
        {Number(days) < setting.days && <p className="message">{words.shorter}</p>}
        <label className="field">
          {words.reason}
          <input value={reason} maxLength={500} data-testid="retention-reason" onChange={(event) => setReason(event.target.value)} />
        </label>
        <span className="buttons">
          <button type="submit" className="button button-primary" data-testid="retention-save" disabled={reason.trim().length < MIN_REASON}>
            {words.save}
          </button>
          <button type="button" className="button" onClick={onLeave}>
            {words.cancel}
          </button>
        </span>
      </form>
    </Dialog>
  );
}
