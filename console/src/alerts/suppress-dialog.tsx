import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Alert } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { Dialog } from '../shell/dialog.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { AlertTitle } from './alert-title.js';
import { SUPPRESSIONS_KEY } from './suppressions.js';

/** Hours that can be chosen; those longer than a shift by a shift lead only. */
const HOURS = [1, 4, 8];
const LONG_HOURS = [24, 168];

/** Asks for how long what the alert's rule finds here is hidden; one number key answers. */
export function SuppressDialog({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const { text, language, pick } = useText();
  const suppressesLong = useMay()('alerts:suppress-long');
  const { classes } = useMeta();
  const nowMs = useNowMs();
  const client = useQueryClient();
  const suppress = useMutation({
    mutationFn: (hours: number) => {
      // The server's limit is a shift to the millisecond, and its clock may be a little behind.
      const untilMs = Date.now() + hours * 3_600_000 - 60_000;
      return answerOf(api.POST('/api/v1/alerts/{alertId}/suppress', { params: { path: { alertId: alert.id } }, body: { untilMs } }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: SUPPRESSIONS_KEY });
      onLeave();
    },
  });
  const choices = suppressesLong ? [...HOURS, ...LONG_HOURS] : HOURS;
  useShortcuts(Object.fromEntries(choices.map((hours, index) => [String(index + 1), () => suppress.mutate(hours)])), { inDialog: true });
  const [lead] = alert.findings;
  const known = classes.find(({ id }) => id === lead?.class);
  return (
    <Dialog label={text.suppressTitle} onLeave={onLeave}>
      <h2>{text.suppressTitle}</h2>
      <p className="dialog-subject">
        <AlertTitle alert={alert} />
      </p>
      <p>{text.suppressWhat(lead?.ruleName ?? '', known ? pick(known.name) : text.wholeZone)}</p>
      <ol className="choices">
        {choices.map((hours, index) => (
          <li key={hours}>
            <button type="button" data-testid={`suppress-${hours}h`} disabled={suppress.isPending} onClick={() => suppress.mutate(hours)}>
              <kbd>{index + 1}</kbd> {text.suppressFor(hours)} · {text.until(moment(nowMs + hours * 3_600_000, nowMs, language))}
            </button>
          </li>
        ))}
      </ol>
      <Refused error={suppress.error} />
      <p className="hint">{text.suppressHint}</p>
    </Dialog>
  );
}
