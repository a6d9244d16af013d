import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.js';
import { serverClock } from '../api/server-clock.js';
import type { Drill } from '../api/types.js';
import { Field } from '../camera/field.js';
import { fromLocalInput, toLocalInput } from '../desk/local-time.js';
import { UnitField } from '../desk/unit-field.js';
import { useOpenUnits } from '../desk/units.js';
import { fieldIn } from '../refusals/refusal.js';
import { useRefusal } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { useSession } from '../session/session.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { drillWords } from './drill-words.js';
import { lasts, useAllDrills } from './use-drills.js';

const HOUR_MS = 3_600_000;
const FIELDS = ['name', 'exercises', 'unitId', 'fromMs', 'untilMs'];

/** Page: the drills, and the form by which a shift lead declares one. */
export function DrillsPage() {
  const words = useWords(drillWords);
  const may = useMay();
  return (
    <article className="page drills-page" data-testid="drills-page">
      <header className="page-head">
        <div className="page-title">
          <h1>{words.title}</h1>
          <p>{words.intro}</p>
        </div>
      </header>
      {may('drills:declare') && <DeclareForm />}
      <DrillList />
    </article>
  );
}

function DeclareForm() {
  const words = useWords(drillWords);
  const { unitId } = useSession().session.user;
  const client = useQueryClient();
  const fresh = () => ({ name: '', exercises: '', unitId, from: '', until: toLocalInput(serverClock.nowMs() + 2 * HOUR_MS) });
  const [draft, setDraft] = useState(fresh);
  const change = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const declare = useMutation({
    mutationFn: () => {
      const fromMs = fromLocalInput(draft.from);
      const body = { name: draft.name.trim(), exercises: draft.exercises.trim(), unitId: draft.unitId };
      const times = { untilMs: fromLocalInput(draft.until) ?? 0, ...(fromMs === null ? {} : { fromMs }) };
      return answerOf(api.POST('/api/v1/drills', { body: { ...body, ...times } }));
    },
    onSuccess: () => {
      setDraft(fresh());
      void client.invalidateQueries({ queryKey: ['drills'] });
    },
  });
  const { fields, general } = useRefusal(declare.error, fieldIn(FIELDS));
  function submit(event: FormEvent): void {
    event.preventDefault();
    declare.mutate();
  }
  return (
    <form className="card desk-form" onSubmit={submit}>
      <h2>{words.declare}</h2>
      <div className="desk-fields">
        <Field label={words.name} value={draft.name} onChange={(name) => change({ name })} problem={fields['name']} testId="drill-name" />
        <Field
          label={words.exercises}
          value={draft.exercises}
          onChange={(exercises) => change({ exercises })}
          problem={fields['exercises']}
          testId="drill-exercises"
        />
        <UnitField label={words.unit} value={draft.unitId} onChange={(id) => change({ unitId: id })} problem={fields['unitId']} />
        <label className="field">
          {words.from}
          <input type="datetime-local" value={draft.from} onChange={(event) => change({ from: event.target.value })} />
          <small className={fields['fromMs'] ? 'problem' : 'hint'}>{fields['fromMs'] ?? words.fromHint}</small>
        </label>
        <label className="field">
          {words.till}
          <input type="datetime-local" value={draft.until} onChange={(event) => change({ until: event.target.value })} />
          <small className="problem">{fields['untilMs']}</small>
        </label>
      </div>
      {general && (
        <p className="message message-error" role="alert">
          {general}
        </p>
      )}
      <button type="submit" className="button button-primary" data-testid="declare-drill" disabled={declare.isPending}>
        {words.declare}
      </button>
    </form>
  );
}

function DrillList() {
  const words = useWords(drillWords);
  const { text } = useText();
  const { data, isError, refetch } = useAllDrills();
  if (isError)
    return (
      <p className="message message-error" role="alert">
        {text.unreachable}{' '}
        <button type="button" className="button button-small" onClick={() => void refetch()}>
          {text.retry}
        </button>
      </p>
    );
  if (!data) return <p className="hint">{text.loading}</p>;
  if (data.length === 0)
    return (
      <p className="card">
        <strong>{words.none}</strong> <span className="hint">{words.noneExplained}</span>
      </p>
    );
  return (
    <section className="card">
      <table className="desk-table">
        <thead>
          <tr>
            {[words.state, words.name, words.unit, words.time, words.exercises, words.declaredBy, words.incidents].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.map((drill) => (
            <DrillRow key={drill.id} drill={drill} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function DrillRow({ drill }: { drill: Drill }) {
  const words = useWords(drillWords);
  const { language, pick } = useText();
  const nowMs = useNowMs();
  const unit = useOpenUnits().find(({ id }) => id === drill.unitId);
  const state = lasts(drill, nowMs) ? 'now' : drill.fromMs > nowMs ? 'coming' : 'over';
  return (
    <tr data-testid={`drill-row-${drill.id}`}>
      <td>
        <span className={`chip drill-state-${state}`}>{words.states[state]}</span>
      </td>
      <th scope="row">{drill.name}</th>
      <td>{unit ? pick(unit.name) : drill.unitId}</td>
      <td>
        {moment(drill.fromMs, nowMs, language)} – {moment(drill.untilMs, nowMs, language)}
        {drill.endedBy && <small className="hint"> {words.endedBy(drill.endedBy)}</small>}
      </td>
      <td>{drill.exercises}</td>
      <td>{drill.declaredBy}</td>
      <td>{drill.alerts}</td>
    </tr>
  );
}
