import type { Alert } from '../api/types.js';
import { Dialog } from '../shell/dialog.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { AlertTitle } from './alert-title.js';
import { lifeWords } from './life-words.js';
import { WordsForm } from './words-form.js';

/** Says what follows when an alert is resolved, and takes a remark; Enter resolves it. */
export function ResolveDialog(props: { alert: Alert; onResolve: (comment: string) => void; onLeave: () => void }) {
  const { text } = useText();
  const words = useWords(lifeWords);
  return (
    <Dialog label={words.resolveTitle} onLeave={props.onLeave}>
      <h2>{words.resolveTitle}</h2>
      <p className="dialog-subject">
        <AlertTitle alert={props.alert} />
      </p>
      <p className="hint">{words.resolveExplained(props.alert.ongoing)}</p>
      <WordsForm label={text.comment} action={words.steps.resolve} testId="resolve-send" onSend={props.onResolve} onLeave={props.onLeave} />
    </Dialog>
  );
}
