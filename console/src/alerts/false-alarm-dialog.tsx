import { useState } from 'react';
import type { Alert, FalseAlarmReason } from '../api/types.js';
import { Dialog } from '../shell/dialog.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';
import { AlertTitle } from './alert-title.js';

const REASONS: FalseAlarmReason[] = ['shadow', 'advert', 'parked-legally', 'wrong-class', 'other'];

/** Asks why an alert is false; one number key answers. */
export function FalseAlarmDialog(props: {
  alert: Alert;
  onChoose: (reason: FalseAlarmReason, comment: string) => void;
  onLeave: () => void;
}) {
  const { text } = useText();
  const [comment, setComment] = useState('');
  useShortcuts(Object.fromEntries(REASONS.map((reason, index) => [String(index + 1), () => props.onChoose(reason, comment)])), {
    inDialog: true,
  });
  return (
    <Dialog label={text.falseAlarmTitle} onLeave={props.onLeave}>
      <h2>{text.falseAlarmTitle}</h2>
      <p className="dialog-subject">
        <AlertTitle alert={props.alert} />
      </p>
      <ol className="choices">
        {REASONS.map((reason, index) => (
          <li key={reason}>
            <button type="button" data-testid={`false-alarm-${reason}`} onClick={() => props.onChoose(reason, comment)}>
              <kbd>{index + 1}</kbd> {text.falseAlarmReasons[reason]}
            </button>
          </li>
        ))}
      </ol>
      <label className="field">
        {text.comment}
        <input value={comment} maxLength={500} onChange={(event) => setComment(event.target.value)} />
      </label>
      <p className="hint">{text.falseAlarmHint}</p>
    </Dialog>
  );
}
