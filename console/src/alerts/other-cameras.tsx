import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client.js';
import type { Alert } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { EvidenceClips } from './evidence-clips.js';
import { EvidenceStills } from './evidence-stills.js';

/** What other cameras saw of the incident, each with its pictures, and the button that takes one out. */
export function OtherCameras({ merged, onSplit }: { merged: readonly Alert[]; onSplit: () => void }) {
  const { text } = useText();
  if (merged.length === 0) return null;
  return (
    <section aria-label={text.otherCameras} data-testid="other-cameras">
      <h2>
        {text.otherCameras} <span className="count">{merged.length}</span>
      </h2>
      {merged.map((alert) => (
        <OtherCamera key={alert.id} alert={alert} onSplit={onSplit} />
      ))}
    </section>
  );
}

function OtherCamera({ alert, onSplit }: { alert: Alert; onSplit: () => void }) {
  const { text, language, pick } = useText();
  const decidesAlerts = useMay()('alerts:decide');
  const split = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/alerts/{alertId}/split', { params: { path: { alertId: alert.id } }, body: {} })),
    onSuccess: onSplit,
  });
  return (
    <article>
      <header className="card-head">
        <h3>
          <Link href={`/cameras/${alert.cameraId}`}>{alert.cameraName}</Link> · <time>{timeOfDay(alert.raisedAtMs, language)}</time>
        </h3>
        {decidesAlerts && (
          <button
            type="button"
            className="button button-small"
            data-testid={`split-${alert.id}`}
            disabled={!split.isIdle && !split.isError}
            onClick={() => split.mutate()}
          >
            {split.isSuccess ? text.splitting : text.notTheSame}
          </button>
        )}
      </header>
      <Refused error={split.error} />
      <p>{pick(alert.reason.text)}</p>
      <EvidenceStills alert={alert} />
      <EvidenceClips alert={alert} />
    </article>
  );
}
