import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useSession } from '../session/session.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { canBeSuppressed, isOpen } from './alert-book.js';
import { useAlertDesk } from './alert-desk.js';
import { lifeWords } from './life-words.js';
import { canTake, mayGive, nextStep, STEPS, type Step } from './next-step.js';

/** The key of each step. */
export const STEP_KEYS: Record<Step, string> = { acknowledge: 'A', confirm: 'V', dispatch: 'P', resolve: 'R', 'false-alarm': 'F' };

const TEST_IDS: Record<Step, string> = {
  acknowledge: 'ack-button',
  confirm: 'confirm-button',
  dispatch: 'dispatch-button',
  resolve: 'resolve-button',
  'false-alarm': 'false-alarm-button',
};

/**
 * What can be done with an alert now, each with its key, as far as its state and the role allow. Exactly one button stands out: the
 * step that comes next. Buttons keep their order, so that a hand finds them again.
 */
export function DecisionButtons({ alert }: { alert: Alert }) {
  const { text } = useText();
  const words = useWords(lifeWords);
  const desk = useAlertDesk();
  const may = useMay();
  if (!may('alerts:decide')) return null;
  const next = nextStep(alert);
  const steps = STEPS.filter((step) => canTake(step, alert));
  return (
    <>
      {steps.map((step) => (
        <button
          key={step}
          type="button"
          className={step === next ? 'button button-primary' : 'button'}
          title={step === next ? words.nextStep : undefined}
          data-testid={TEST_IDS[step]}
          onClick={() => desk.take(step, alert.id)}
        >
          {words.steps[step]} <kbd>{STEP_KEYS[step]}</kbd>
        </button>
      ))}
      {alert.kind === 'violation' && <span className="hint">{text.reviewOnly}</span>}
      <HandButton alert={alert} />
      <button type="button" className="button" data-testid="comment-button" onClick={() => desk.askComment(alert.id)}>
        {words.comment} <kbd>N</kbd>
      </button>
      {may('alerts:suppress') && canBeSuppressed(alert) && (
        <button type="button" className="button" data-testid="suppress-button" onClick={() => desk.askSuppress(alert.id)}>
          {text.suppressHere} <kbd>H</kbd>
        </button>
      )}
    </>
  );
}

/** Takes the alert in hand, or lets go of it. */
function HandButton({ alert }: { alert: Alert }) {
  const words = useWords(lifeWords);
  const desk = useAlertDesk();
  const may = useMay();
  const { username } = useSession().session.user;
  if (!isOpen(alert.state) || !mayGive(alert, username, may('alerts:assign'))) return null;
  return (
    <button type="button" className="button" data-testid="take-button" onClick={() => desk.toggleMine(alert.id)}>
      {alert.assignee === username ? words.release : words.take} <kbd>T</kbd>
    </button>
  );
}
