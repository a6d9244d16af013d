import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { SuppressionView } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { Dialog } from '../shell/dialog.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useTypeName } from './alert-title.js';

/** Key of the query of what is hidden. */
export const SUPPRESSIONS_KEY = ['suppressions'];
const REFRESH_MS = 15_000;

/** Below the alert list: how many suppressions are in force, and behind it which; nothing while there are none. */
export function Suppressions() {
  const { text } = useText();
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: SUPPRESSIONS_KEY,
    queryFn: () => answerOf(api.GET('/api/v1/suppressions', { params: { query: { active: true } } })),
    refetchInterval: REFRESH_MS,
  });
  const list = data?.suppressions ?? [];
  if (list.length === 0 && !isOpen) return null;
  const hidden = list.reduce((sum, one) => sum + one.hidden, 0);
  return (
    <>
      <button type="button" className="waiting" data-testid="suppressions" onClick={() => setOpen(true)}>
        {text.suppressions(list.length)} · {text.hiddenCount(hidden)}
      </button>
      {isOpen && (
        <Dialog label={text.suppressionsTitle} onLeave={() => setOpen(false)}>
          <h2>{text.suppressionsTitle}</h2>
          {list.length === 0 && <p className="hint">{text.noSuppressions}</p>}
          <ul className="lines">
            {list.map((one) => (
              <SuppressionLine key={one.id} suppression={one} />
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}

function SuppressionLine({ suppression }: { suppression: SuppressionView }) {
  const { text, language, pick } = useText();
  const suppresses = useMay()('alerts:suppress');
  const { classes } = useMeta();
  const typeName = useTypeName();
  const nowMs = useNowMs();
  const client = useQueryClient();
  const lift = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/suppressions/{suppressionId}/lift', { params: { path: { suppressionId: suppression.id } } })),
    onSettled: () => void client.invalidateQueries({ queryKey: SUPPRESSIONS_KEY }),
  });
  const known = classes.find(({ id }) => id === suppression.class);
  const at = (ms: number) => moment(ms, nowMs, language);
  return (
    <li data-testid={`suppression-${suppression.id}`}>
      <span>
        <strong>{typeName(suppression.type)}</strong> · {suppression.cameraName} · {known ? pick(known.name) : text.wholeZone}
        <small>
          {text.until(at(suppression.untilMs))} · {suppression.createdBy} · {text.hiddenCount(suppression.hidden)}
          {suppression.lastHiddenMs !== null && ` (${text.lastHidden(at(suppression.lastHiddenMs))})`}
        </small>
        {suppression.hiddenFindings.length > 0 && (
          <details>
            <summary>{text.whatIsHidden}</summary>
            <ul className="lines">
              {suppression.hiddenFindings.toReversed().map((finding) => (
                <li key={finding.id}>
                  <time>{at(finding.atMs)}</time>
                  <span>{pick(finding.text)}</span>
                </li>
              ))}
            </ul>
          </details>
        )}
      </span>
      {suppresses && (
        <button
          type="button"
          className="button button-small"
          data-testid={`lift-${suppression.id}`}
          disabled={lift.isPending}
          onClick={() => lift.mutate()}
        >
          {text.lift}
        </button>
      )}
    </li>
  );
}
