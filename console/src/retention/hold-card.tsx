import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { Hold } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { Dialog } from '../shell/dialog.js';
import { dateOf } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { retentionWords } from './retention-words.js';

const MIN_REASON = 3;
/** Days end at midnight in Viet Nam, which has no summer time. */
const endOfDay = (day: string) => Date.parse(`${day}T00:00:00+07:00`) + 86_400_000;

type Asked = { kind: 'set' } | { kind: 'lift'; hold: Hold };

/** Legal holds on an alert: who has set which, and for who may the buttons to set and to lift. */
export function HoldCard({ alertId }: { alertId: string }) {
  const words = useWords(retentionWords).hold;
  const may = useMay();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const { data } = useQuery({
    queryKey: ['holds', alertId],
    queryFn: async () => (await answerOf(api.GET('/api/v1/alerts/{alertId}/holds', { params: { path: { alertId } } }))).holds,
    enabled: may('evidence:read'),
  });
  const holds = data ?? [];
  if (holds.length === 0 && !may('evidence:hold')) return null;
  const done = async () => {
    setAsked(null);
    await client.invalidateQueries({ queryKey: ['holds', alertId] });
  };
  return (
    <section className="card" data-testid="holds">
      <h2>{words.title}</h2>
      {holds.length === 0 && <p className="hint">{words.none}</p>}
      <ul className="lines">
        {holds.map((hold) => (
          <HoldLine key={hold.holdId} hold={hold} onLift={() => setAsked({ kind: 'lift', hold })} />
        ))}
      </ul>
      {may('evidence:hold') && (
        <button type="button" className="button" data-testid="hold-set" onClick={() => setAsked({ kind: 'set' })}>
          {words.set}
        </button>
      )}
      {asked && <HoldDialog alertId={alertId} asked={asked} onLeave={() => setAsked(null)} onDone={() => void done()} />}
    </section>
  );
}

/** One hold in words. */
export function HoldLine({ hold, onLift }: { hold: Hold; onLift?: () => void }) {
  const { language } = useText();
  const words = useWords(retentionWords).hold;
  const mayLift = useMay()('evidence:lift-hold');
  const open = hold.endedAtMs === null;
  const end = hold.untilMs === null ? words.forever : words.untilDay(dateOf(hold.untilMs - 1, language));
  const recordings = hold.recordings.some(({ lockId }) => lockId === null) ? words.notLocked : words.locked;
  const closing = words.ended(hold.endedBy === 'system' ? words.system : (hold.endedBy ?? ''));
  return (
    <li className="wraps" data-testid="hold" data-open={open}>
      <time>{dateOf(hold.setAtMs, language)}</time>
      <span>
        {hold.reason}
        <small>
          {words.by(hold.setBy)} · {open ? `${end} · ${recordings}` : closing}
        </small>
      </span>
      {open && mayLift && onLift && (
        <button type="button" className="button button-small end" data-testid="hold-lift" onClick={onLift}>
          {words.lift}
        </button>
      )}
    </li>
  );
}

function send(alertId: string, asked: Asked, reason: string, until: string): Promise<unknown> {
  if (asked.kind === 'lift') {
    const path = { alertId: asked.hold.alertId, holdId: asked.hold.holdId };
    return answerOf(api.POST('/api/v1/alerts/{alertId}/holds/{holdId}/lift', { params: { path }, body: { reason } }));
  }
  const body = { reason, untilMs: until === '' ? null : endOfDay(until) };
  return answerOf(api.POST('/api/v1/alerts/{alertId}/holds', { params: { path: { alertId } }, body }));
}

function HoldDialog({ alertId, asked, onLeave, onDone }: { alertId: string; asked: Asked; onLeave: () => void; onDone: () => void }) {
  const all = useWords(retentionWords);
  const words = all.hold;
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const lifts = asked.kind === 'lift';
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await send(alertId, asked, reason.trim(), until);
      onDone();
    } catch (error) {
      setProblem(error);
    }
  };
  const title = lifts ? words.liftTitle : words.setTitle;
  return (
    <Dialog label={title} onLeave={onLeave}>
      <form className="retention-form" onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        <p className="hint">{lifts ? words.liftExplain : words.explain}</p>
        <label className="field">
          {all.reason}
          <input value={reason} maxLength={500} data-testid="hold-reason" onChange={(event) => setReason(event.target.value)} />
        </label>
        {!lifts && (
          <label className="field">
            {words.until}
            <input type="date" value={until} onChange={(event) => setUntil(event.target.value)} />
          </label>
        )}
        <Refused error={problem} />
        <span className="buttons">
          <button type="submit" className="button button-primary" data-testid="hold-save" disabled={reason.trim().length < MIN_REASON}>
            {lifts ? words.lift : words.set}
          </button>
          <button type="button" className="button" onClick={onLeave}>
            {all.cancel}
          </button>
        </span>
      </form>
    </Dialog>
  );
}
