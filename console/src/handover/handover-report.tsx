import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ApiError, answerOf, api } from '../api/client.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { DeskView } from './desk-view.js';
import { handoverWords } from './handover-words.js';

/** Page: one hand-over as it was signed; printed, it stands alone on white paper. */
export function HandoverReport({ id }: { id: string }) {
  const words = useWords(handoverWords);
  const { text, language, pick } = useText();
  const { data, error } = useQuery({
    queryKey: ['handovers', 'one', id],
    queryFn: () => answerOf(api.GET('/api/v1/handovers/{handoverId}', { params: { path: { handoverId: id } } })),
  });
  if (!data)
    return (
      <p className="page-note">
        {error instanceof ApiError && error.status === 404 ? text.notFound : error ? text.unreachable : text.loading}
      </p>
    );
  const at = (ms: number) => `${dateOf(ms, language)} ${timeOfDay(ms, language)}`;
  return (
    <article className="page printable" data-testid="handover-report">
      <header className="page-head">
        <Link href="/handover" className="button no-print">
          ← {words.back}
        </Link>
        <div className="page-title">
          <h1>
            {words.report}: {pick(data.desk.unitName)}
          </h1>
          <p>
            {at(data.signedAtMs)} · {words.states[data.state]}
          </p>
        </div>
        <button type="button" className="button no-print" onClick={() => window.print()}>
          {words.print}
        </button>
      </header>
      <section className="card">
        <dl className="facts">
          <dt>{words.from}</dt>
          <dd>
            {data.signedName} ({data.signedBy}) · {at(data.signedAtMs)}
          </dd>
          <dt>{words.to}</dt>
          <dd>
            {data.acceptedAtMs === null
              ? '–'
              : `${data.acceptedName} (${data.acceptedBy}) · ${at(data.acceptedAtMs)} · ${words.moved(data.moved.length)}`}
          </dd>
          <dt>{words.notes}</dt>
          <dd className="handover-notes">{data.notes || '–'}</dd>
          <dt>{words.signature}</dt>
          <dd className="code">{data.sha256}</dd>
        </dl>
      </section>
      <DeskView desk={data.desk} />
    </article>
  );
}
