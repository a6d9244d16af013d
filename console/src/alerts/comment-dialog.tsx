import type { Alert } from '../api/types.js';
import { Dialog } from '../shell/dialog.js';
import { useWords } from '../text/words.js';
import { AlertTitle } from './alert-title.js';
import { lifeWords } from './life-words.js';
import { WordsForm } from './words-form.js';

/** Takes a remark for the alert's history. */
export function CommentDialog(props: { alert: Alert; onSave: (text: string) => void; onLeave: () => void }) {
  const words = useWords(lifeWords);
  return (
    <Dialog label={words.commentTitle} onLeave={props.onLeave}>
      <h2>{words.commentTitle}</h2>
      <p className="dialog-subject">
        <AlertTitle alert={props.alert} />
      </p>
      <WordsForm
        label={words.commentText}
        action={words.commentSave}
        required
        testId="comment-send"
        onSend={props.onSave}
        onLeave={props.onLeave}
      />
    </Dialog>
  );
}
