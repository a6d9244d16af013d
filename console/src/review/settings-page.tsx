import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Choice, Entry, FormDialog, Loaded, PageHead, textOf, useSend } from '../administration/parts.js';
import { partsWords } from '../administration/parts-words.js';
import { useUnitChoices } from '../administration/queries.js';
import { answerOf, api } from '../api/client.js';
import type { ReviewSettings, ReviewSettingsInput } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { dateOf, percent } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { leadWords } from './lead-words.js';

/** What holds where nothing is set: as the server has it (`vms-api/src/review/settings.ts`). */
const DEFAULT = { fourEyes: false, plantedShare: 0.02, claimSeconds: 300 };

/** Four eyes, time of a claim and planted cases, by unit and type. */
export function ReviewSettingsPage() {
  const words = useWords(leadWords);
  const { language } = useText();
  const leads = useMay()('review:lead');
  const [editing, setEditing] = useState<ReviewSettings | 'new' | null>(null);
  const query = useQuery({
    queryKey: ['review-settings'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/review/settings'))).settings,
  });
  return (
    <div className="page">
      <PageHead title={words.settings} about={words.settingsAbout}>
        {leads && (
          <button type="button" className="button button-primary" data-testid="add-settings" onClick={() => setEditing('new')}>
            {words.set}
          </button>
        )}
      </PageHead>
      <p className="message">{words.defaults(DEFAULT.claimSeconds, percent(DEFAULT.plantedShare, language))}</p>
      <Loaded query={query}>{(list) => list.length > 0 && <SettingsTable settings={list} onEdit={leads ? setEditing : null} />}</Loaded>
      {editing && <SettingsDialog stored={editing === 'new' ? null : editing} onLeave={() => setEditing(null)} />}
    </div>
  );
}

function useTypeName(): (type: string) => string {
  const words = useWords(leadWords);
  const { pick } = useText();
  const { ruleTypes } = useMeta();
  return (type) => {
    const known = ruleTypes.find(({ id }) => id === type);
    return known ? pick(known.name) : words.everyType;
  };
}

function SettingsTable({ settings, onEdit }: { settings: ReviewSettings[]; onEdit: ((one: ReviewSettings) => void) | null }) {
  const words = useWords(leadWords);
  const { language } = useText();
  const unitName = useUnitChoices().nameOf;
  const typeName = useTypeName();
  return (
    <table className="table" data-testid="review-settings">
      <thead>
        <tr>
          <th>{words.unit}</th>
          <th>{words.type}</th>
          <th>{words.fourEyes}</th>
          <th>{words.claimSeconds}</th>
          <th>{words.plantedShare}</th>
          <th>{words.changedBy}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {settings.map((one) => (
          <tr key={`${one.unitId} ${one.type}`}>
            <td>{unitName(one.unitId)}</td>
            <td>{typeName(one.type)}</td>
            <td>{one.fourEyes ? words.yes : words.no}</td>
            <td>{one.claimSeconds}</td>
            <td>{percent(one.plantedShare, language)}</td>
            <td>
              {one.changedBy} {one.changedAtMs !== null && dateOf(one.changedAtMs, language)}
            </td>
            <td className="row-acts">
              {onEdit && (
                <button type="button" className="button button-small" onClick={() => onEdit(one)}>
                  {words.change}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SettingsDialog({ stored, onLeave }: { stored: ReviewSettings | null; onLeave: () => void }) {
  const words = useWords(leadWords);
  const { save } = useWords(partsWords);
  const { pick } = useText();
  const types = useMeta().ruleTypes.filter(({ kind }) => kind === 'violation');
  const { options } = useUnitChoices();
  const send = useSend(
    (fields: FormData) => {
      const type = (stored?.type ?? textOf(fields, 'type')) as ReviewSettingsInput['type'];
      const body: ReviewSettingsInput = {
        unitId: stored?.unitId ?? textOf(fields, 'unitId'),
        type,
        fourEyes: fields.get('fourEyes') !== null,
        plantedShare: Number(textOf(fields, 'plantedShare')) / 100,
        claimSeconds: Number(textOf(fields, 'claimSeconds')),
      };
      return answerOf(api.PUT('/api/v1/review/settings', { body }));
    },
    ['review-settings'],
    onLeave,
  );
  const held = stored ?? DEFAULT;
  return (
    <FormDialog
      {...{ title: words.settings, submit: save, busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      {!stored && (
        <div className="field-pair">
          <Choice name="unitId" label={words.unit} options={options} />
          <Choice
            name="type"
            label={words.type}
            options={[['*', words.everyType], ...types.map(({ id, name }) => [id, pick(name)] as const)]}
          />
        </div>
      )}
      <label className="check">
        <input type="checkbox" name="fourEyes" defaultChecked={held.fourEyes} /> {words.fourEyes}
      </label>
      <small className="hint">{words.fourEyesHint}</small>
      <div className="field-pair">
        <Entry
          {...{
            name: 'claimSeconds',
            label: words.claimSeconds,
            hint: words.claimSecondsHint,
            type: 'number',
            min: 30,
            max: 3600,
            error: send.error,
          }}
          defaultValue={held.claimSeconds}
        />
        <Entry
          {...{
            name: 'plantedShare',
            label: words.plantedShare,
            hint: words.plantedShareHint,
            type: 'number',
            min: 0,
            max: 100,
            step: 0.1,
          }}
          defaultValue={Math.round(held.plantedShare * 1000) / 10}
          error={send.error}
        />
      </div>
    </FormDialog>
  );
}
