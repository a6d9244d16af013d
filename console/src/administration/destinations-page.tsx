import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { Destination, DestinationChange, DestinationInput } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useWords } from '../text/words.js';
import { destinationWords } from './destination-words.js';
import { Choice, Entry, FormDialog, Loaded, PageHead, ShownOnce, textOf, useSend } from './parts.js';
import { useDestinations, useUnitChoices } from './queries.js';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Other centres that are told of alerts: add, switch off and on, renew a secret. */
export function DestinationsPage() {
  const words = useWords(destinationWords);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const query = useDestinations();
  const told = (answer: { secret?: string }) => setSecret(answer.secret ?? null);
  return (
    <div className="page">
      <PageHead title={words.title} about={words.about}>
        <button type="button" className="button button-primary" data-testid="add-destination" onClick={() => setAdding(true)}>
          {words.add}
        </button>
      </PageHead>
      <Loaded query={query}>{(destinations) => <DestinationTable destinations={destinations} onTold={told} />}</Loaded>
      {adding && <AddDialog onLeave={() => setAdding(false)} onTold={told} />}
      {secret && <ShownOnce title={words.secretTitle} about={words.secretAbout} secret={secret} onLeave={() => setSecret(null)} />}
    </div>
  );
}

type Told = (answer: { secret?: string }) => void;

function DestinationTable({ destinations, onTold }: { destinations: Destination[]; onTold: Told }) {
  const words = useWords(destinationWords);
  const { nameOf } = useUnitChoices();
  const send = useSend(
    ({ id, change }: { id: string; change: DestinationChange }) =>
      answerOf(api.PATCH('/api/v1/destinations/{destinationId}', { params: { path: { destinationId: id } }, body: change })),
    ['destinations'],
    onTold,
  );
  if (destinations.length === 0) return <p className="page-note">{words.none}</p>;
  return (
    <>
      <Refused error={send.error} />
      <table className="table" data-testid="destinations">
        <thead>
          <tr>
            <th>{words.name}</th>
            <th>{words.unit}</th>
            <th>{words.format}</th>
            <th>{words.url}</th>
            <th>{words.mode}</th>
            <th>{words.kinds}</th>
            <th />
            <th />
          </tr>
        </thead>
        <tbody>
          {destinations.map(({ id, name, unitId, format, url, mode, kinds, enabled }) => (
            <tr key={id} className={enabled ? undefined : 'row-over'}>
              <td>
                {name} <small className="hint code">{id}</small>
              </td>
              <td>{nameOf(unitId)}</td>
              <td>{words.formats[format]}</td>
              <td className="code">{url}</td>
              <td>{words.modes[mode]}</td>
              <td>{kinds.map((kind) => words.kindNames[kind]).join(', ')}</td>
              <td>{enabled ? words.on : words.off}</td>
              <td className="row-acts">
                {format === 'webhook' && (
                  <button type="button" className="button button-small" onClick={() => send.mutate({ id, change: { renewSecret: true } })}>
                    {words.renew}
                  </button>
                )}
                <button type="button" className="button button-small" onClick={() => send.mutate({ id, change: { enabled: !enabled } })}>
                  {enabled ? words.turnOff : words.turnOn}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function AddDialog({ onLeave, onTold }: { onLeave: () => void; onTold: Told }) {
  const words = useWords(destinationWords);
  const { options } = useUnitChoices();
  const send = useSend(
    (fields: FormData) => {
      const texts = {
        id: textOf(fields, 'id'),
        name: textOf(fields, 'name'),
        url: textOf(fields, 'url'),
        unitId: textOf(fields, 'unitId'),
      };
      const body = {
        ...texts,
        mode: textOf(fields, 'mode'),
        format: textOf(fields, 'format'),
        kinds: fields.getAll('kinds').map(String),
        expiresAfterMs: Number(textOf(fields, 'expiresAfterMs')) * HOUR_MS,
      } as DestinationInput;
      return answerOf(api.POST('/api/v1/destinations', { body }));
    },
    ['destinations'],
    (answer) => {
      onLeave();
      onTold(answer);
    },
  );
  const { error } = send;
  return (
    <FormDialog
      {...{ title: words.add, submit: words.add, busy: send.isPending, error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <div className="field-pair">
        <Entry name="name" label={words.name} error={error} />
        <Entry name="id" label={words.id} hint={words.idHint} error={error} code />
      </div>
      <Entry name="url" label={words.url} hint={words.urlHint} error={error} code />
      <div className="field-pair">
        <Choice name="unitId" label={words.unit} options={options} />
        <Choice name="format" label={words.format} options={Object.entries(words.formats)} />
      </div>
      <div className="field-pair">
        <Choice name="mode" label={words.mode} hint={words.modeHint} options={Object.entries(words.modes)} />
        <Entry
          {...{ name: 'expiresAfterMs', label: words.expires, hint: words.expiresHint, type: 'number', min: 1, max: 720, error }}
          defaultValue={DAY_HOURS}
        />
      </div>
      <fieldset className="check-list">
        <legend>{words.kinds}</legend>
        {Object.entries(words.kindNames).map(([kind, name]) => (
          <label key={kind} className="check">
            <input type="checkbox" name="kinds" value={kind} defaultChecked={kind === 'incident'} /> {name}
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
