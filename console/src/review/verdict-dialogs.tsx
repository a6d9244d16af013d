import { type FormEvent, useState } from 'react';
import type { RejectReason } from '../api/types.js';
import { Dialog } from '../shell/dialog.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';

const REASONS: RejectReason[] = [
  'no-violation',
  'plate-unreadable',
  'priority-vehicle',
  'directed-by-police',
  'view-obstructed',
  'signal-unclear',
  'wrong-vehicle',
  'duplicate',
  'other',
];

/** Asks why a case is rejected; one digit answers. */
export function RejectDialog({ onChoose, onLeave }: { onChoose: (reason: RejectReason) => void; onLeave: () => void }) {
  const { text } = useText();
  const digits = REASONS.map((reason, index): [string, () => void] => [String(index + 1), () => onChoose(reason)]);
  useShortcuts(Object.fromEntries(digits), { inDialog: true });
  return (
    <Dialog label={text.reviewRejectTitle} onLeave={onLeave}>
      <h2>{text.reviewRejectTitle}</h2>
      <ol className="choices">
        {REASONS.map((reason, index) => (
          <li key={reason}>
            <button type="button" data-testid={`reject-${reason}`} onClick={() => onChoose(reason)}>
              <kbd>{index + 1}</kbd> {text.rejectReasons[reason]}
            </button>
          </li>
        ))}
      </ol>
      <p className="hint">{text.falseAlarmHint}</p>
    </Dialog>
  );
}

const LEAST_COMMENT = 3;

/** Asks what a shift lead should look at. */
export function SendBackDialog({ onSend, onLeave }: { onSend: (comment: string) => void; onLeave: () => void }) {
  const { text } = useText();
  const [comment, setComment] = useState('');
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (comment.trim().length >= LEAST_COMMENT) onSend(comment.trim());
  }
  return (
    <Dialog label={text.reviewSendBack} onLeave={onLeave}>
      <form onSubmit={submit}>
        <h2>{text.reviewSendBack}</h2>
        <label className="field">
          {text.reviewSendBackWhy}
          <input autoFocus value={comment} maxLength={2000} onChange={(event) => setComment(event.target.value)} />
        </label>
        <button type="submit" className="button" disabled={comment.trim().length < LEAST_COMMENT}>
          {text.reviewSendBack} <kbd>↵</kbd>
        </button>
      </form>
    </Dialog>
  );
}
