import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { Unit } from '../api/types.js';
import { dateOf } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { administrationWords } from './administration-words.js';
import { Entry, FormDialog, Loaded, PageHead, ReasonEntry, textOf, useSend } from './parts.js';
import { useUnits } from './queries.js';
import { isOpen, treeOf } from './unit-tree.js';
import { startOfDay } from './vietnam-time.js';

type Doing = { what: 'add' | 'close'; unit: Unit };

/** The tree of units: add below, close with successors. */
export function UnitsPage() {
  const words = useWords(administrationWords);
  const query = useUnits();
  const [closedToo, setClosedToo] = useState(false);
  const [doing, setDoing] = useState<Doing | null>(null);
  const leave = () => setDoing(null);
  return (
    <div className="page">
      <PageHead title={words.units} about={words.unitsAbout}>
        <label className="check">
          <input type="checkbox" checked={closedToo} data-testid="closed-too" onChange={(event) => setClosedToo(event.target.checked)} />
          {words.closedToo}
        </label>
      </PageHead>
      <Loaded query={query}>{(units) => <UnitTable units={units} closedToo={closedToo} onDo={setDoing} />}</Loaded>
      {doing?.what === 'add' && <AddDialog parent={doing.unit} onLeave={leave} />}
      {doing?.what === 'close' && <CloseDialog unit={doing.unit} units={query.data ?? []} onLeave={leave} />}
    </div>
  );
}

function UnitTable({ units, closedToo, onDo }: { units: Unit[]; closedToo: boolean; onDo: (doing: Doing) => void }) {
  const { language } = useText();
  const words = useWords(administrationWords);
  const nowMs = Date.now();
  const nameOf = (unitId: string) => units.find(({ id }) => id === unitId)?.name[language] ?? unitId;
  const shown = treeOf(units, language).filter((unit) => closedToo || isOpen(unit, nowMs));
  if (shown.length === 0) return <p className="page-note">{words.noUnits}</p>;
  return (
    <table className="table" data-testid="units">
      <thead>
        <tr>
          <th>{words.name}</th>
          <th>{words.id}</th>
          <th>{words.validFrom}</th>
          <th>{words.validUntil}</th>
          <th>{words.successors}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {shown.map((unit) => (
          <tr key={unit.id} className={isOpen(unit, nowMs) ? undefined : 'row-over'} data-testid={`unit-${unit.id}`}>
            <td style={{ paddingLeft: `${10 + unit.depth * 20}px` }}>{unit.name[language]}</td>
            <td className="code">{unit.id}</td>
            <td>{unit.validFromMs > 0 ? dateOf(unit.validFromMs, language) : '–'}</td>
            <td>{unit.validUntilMs === null ? words.openStill : dateOf(unit.validUntilMs, language)}</td>
            <td>{unit.successorIds.map(nameOf).join(', ')}</td>
            <td className="row-acts">
              {isOpen(unit, nowMs) && (
                <>
                  <button
                    type="button"
                    className="button button-small"
                    data-testid={`add-below-${unit.id}`}
                    onClick={() => onDo({ what: 'add', unit })}
                  >
                    {words.addBelow}
                  </button>
                  <button
                    type="button"
                    className="button button-small"
                    data-testid={`close-${unit.id}`}
                    onClick={() => onDo({ what: 'close', unit })}
                  >
                    {words.close}
                  </button>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function AddDialog({ parent, onLeave }: { parent: Unit; onLeave: () => void }) {
  const { language } = useText();
  const words = useWords(administrationWords);
  const send = useSend(
    (fields: FormData) => {
      const day = textOf(fields, 'validFromMs');
      const name = { vi: textOf(fields, 'name'), en: textOf(fields, 'nameEn') || textOf(fields, 'name') };
      const body = { id: textOf(fields, 'id'), parentId: parent.id, name, ...(day ? { validFromMs: startOfDay(day) } : {}) };
      return answerOf(api.POST('/api/v1/units', { body }));
    },
    ['units'],
    onLeave,
  );
  const { error } = send;
  return (
    <FormDialog
      {...{ title: words.addUnit(parent.name[language]), submit: words.addBelow, busy: send.isPending, error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <Entry name="name" label={words.nameVi} error={error} />
      <Entry name="nameEn" label={words.nameEn} required={false} />
      <Entry name="id" label={words.id} hint={words.unitIdHint} error={error} code />
      <Entry name="validFromMs" label={words.validFrom} type="date" required={false} error={error} />
    </FormDialog>
  );
}

function CloseDialog({ unit, units, onLeave }: { unit: Unit; units: Unit[]; onLeave: () => void }) {
  const { language } = useText();
  const words = useWords(administrationWords);
  const others = treeOf(units, language).filter((other) => other.id !== unit.id && isOpen(other, Date.now()));
  const send = useSend(
    (fields: FormData) => {
      const day = textOf(fields, 'atMs');
      const body = {
        successorIds: fields.getAll('successorIds').map(String),
        reason: textOf(fields, 'reason'),
        ...(day ? { atMs: startOfDay(day) } : {}),
      };
      return answerOf(api.POST('/api/v1/units/{unitId}/close', { params: { path: { unitId: unit.id } }, body }));
    },
    ['units'],
    onLeave,
  );
  return (
    <FormDialog
      {...{ title: words.closeUnit(unit.name[language]), about: words.closeAbout, submit: words.close, danger: true }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <fieldset className="check-list">
        <legend>{words.successors}</legend>
        {others.map(({ id, name }) => (
          <label key={id} className="check">
            <input type="checkbox" name="successorIds" value={id} /> {name[language]}
          </label>
        ))}
        <small className="hint">{words.successorsHint}</small>
      </fieldset>
      <Entry name="atMs" label={words.closedOn} type="date" required={false} error={send.error} />
      <ReasonEntry error={send.error} />
    </FormDialog>
  );
}
