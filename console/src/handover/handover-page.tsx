import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client.js';
import type { Handover } from '../api/types.js';
import { UnitField } from '../desk/unit-field.js';
import { Refused } from '../refusals/refused.js';
import { useSession } from '../session/session.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { DeskView } from './desk-view.js';
import { handoverWords } from './handover-words.js';

const EVERY_MS = 15_000;

/** Page: what is open, the signature of the outgoing, the acceptance of the incoming, and what was handed over before. */
export function HandoverPage() {
  const words = useWords(handoverWords);
  const { text } = useText();
  const [unitId, setUnitId] = useState(useSession().session.user.unitId);
  const desk = useQuery({
    queryKey: ['handovers', 'desk', unitId],
    queryFn: () => answerOf(api.GET('/api/v1/units/{unitId}/desk', { params: { path: { unitId } } })),
    refetchInterval: EVERY_MS,
  });
  const list = useQuery({
    queryKey: ['handovers', 'list'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/handovers'))).handovers,
  });
  const waiting = list.data?.find((one) => one.state === 'signed' && one.unitId === unitId);
  return (
    <article className="page handover-page" data-testid="handover-page">
      <header className="page-head">
        <div className="page-title">
          <h1>{words.title}</h1>
          <p>{words.intro}</p>
        </div>
        <UnitField label={words.unit} value={unitId} onChange={setUnitId} />
      </header>
      {waiting && <Waiting handover={waiting} />}
      {desk.isError && <Refused error={desk.error} />}
      {desk.data ? <DeskView desk={desk.data} /> : !desk.isError && <p className="hint">{text.loading}</p>}
      {desk.data && !waiting && <Sign unitId={unitId} unowned={desk.data.unowned.length} />}
      {list.isError ? <Refused error={list.error} /> : <History handovers={list.data} />}
    </article>
  );
}

function Sign({ unitId, unowned }: { unitId: string; unowned: number }) {
  const words = useWords(handoverWords);
  const client = useQueryClient();
  const [notes, setNotes] = useState('');
  const sign = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/units/{unitId}/handovers', { params: { path: { unitId } }, body: { notes } })),
    onSuccess: () => setNotes(''),
    onSettled: () => void client.invalidateQueries({ queryKey: ['handovers'] }),
  });
  return (
    <section className="card desk-form">
      <label className="field">
        {words.notes}
        <textarea rows={3} maxLength={4000} value={notes} data-testid="handover-notes" onChange={(event) => setNotes(event.target.value)} />
      </label>
      {unowned > 0 && <p className="message message-error">{words.unowned(unowned)}</p>}
      <Refused error={sign.error} />
      <button
        type="button"
        className="button button-primary"
        data-testid="sign-handover"
        disabled={sign.isPending || unowned > 0}
        onClick={() => sign.mutate()}
      >
        {words.sign}
      </button>
    </section>
  );
}

/** What somebody has signed and nobody accepted: the incoming accepts, or it is taken back. */
function Waiting({ handover }: { handover: Handover }) {
  const words = useWords(handoverWords);
  const { language } = useText();
  const { username } = useSession().session.user;
  const client = useQueryClient();
  const [reason, setReason] = useState<string | null>(null);
  const path = { handoverId: handover.id };
  const onSettled = () => void client.invalidateQueries({ queryKey: ['handovers'] });
  const accept = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/handovers/{handoverId}/accept', { params: { path } })),
    onSettled,
  });
  const withdraw = useMutation({
    mutationFn: (why: string) => answerOf(api.POST('/api/v1/handovers/{handoverId}/withdraw', { params: { path }, body: { reason: why } })),
    onSettled,
  });
  const own = handover.signedBy === username;
  return (
    <section className="card handover-waiting" data-testid="handover-waiting">
      <p>
        <strong>{words.signed(handover.signedName, timeOfDay(handover.signedAtMs, language))}</strong> {own && words.own}
      </p>
      {handover.notes !== '' && <p className="handover-notes">{handover.notes}</p>}
      <Refused error={accept.error ?? withdraw.error} />
      <div className="buttons">
        {!own && (
          <button
            type="button"
            className="button button-primary"
            data-testid="accept-handover"
            disabled={accept.isPending}
            onClick={() => accept.mutate()}
          >
            {words.accept}
          </button>
        )}
        <Link href={`/handovers/${handover.id}`} className="button">
          {words.open}
        </Link>
        {reason === null ? (
          <button type="button" className="button" onClick={() => setReason('')}>
            {words.withdraw}
          </button>
        ) : (
          <>
            <input
              aria-label={words.withdrawReason}
              placeholder={words.withdrawReason}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            <button
              type="button"
              className="button"
              disabled={reason.trim().length < 3 || withdraw.isPending}
              onClick={() => withdraw.mutate(reason.trim())}
            >
              {words.withdraw}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function History({ handovers }: { handovers: Handover[] | undefined }) {
  const words = useWords(handoverWords);
  const { text, language } = useText();
  if (!handovers) return <p className="hint">{text.loading}</p>;
  return (
    <section className="card">
      <h2>{words.history}</h2>
      {handovers.length === 0 ? (
        <p className="hint">{words.noHistory}</p>
      ) : (
        <table className="desk-table">
          <thead>
            <tr>
              {[words.time, words.unit, words.from, words.to, words.state].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {handovers.map(({ id, unitId, state, signedName, signedAtMs, acceptedName, acceptedAtMs }) => (
              <tr key={id} data-testid={`handover-${id}`}>
                <th scope="row">
                  <Link href={`/handovers/${id}`}>
                    {dateOf(signedAtMs, language)} {timeOfDay(signedAtMs, language)}
                  </Link>
                </th>
                <td>{unitId}</td>
                <td>{signedName}</td>
                <td>{acceptedName === null ? '–' : `${acceptedName} · ${timeOfDay(acceptedAtMs ?? 0, language)}`}</td>
                <td>
                  <span className="chip">{words.states[state]}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
