import { Choice, Entry, FormDialog, textOf, useSend } from '../administration/parts.js';
import { partsWords } from '../administration/parts-words.js';
import { dayOf } from '../administration/vietnam-time.js';
import { answerOf, api } from '../api/client.js';
import type { NewProvision, Provision } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { leadWords } from './lead-words.js';

const wholeOf = (fields: FormData, name: string): number => Number(textOf(fields, name));

/** What the form was filled with; what it does not show stays as it was. */
function provisionOf(fields: FormData, draft: Provision | null): NewProvision {
  const points = textOf(fields, 'licencePoints');
  return {
    id: draft?.id ?? textOf(fields, 'id'),
    type: draft?.type ?? textOf(fields, 'type'),
    vehicle: draft?.vehicle ?? (textOf(fields, 'vehicle') as Provision['vehicle']),
    variant: draft?.variant ?? textOf(fields, 'variant'),
    act: { vi: textOf(fields, 'act'), en: textOf(fields, 'actEn') },
    article: wholeOf(fields, 'article'),
    clause: wholeOf(fields, 'clause'),
    point: textOf(fields, 'point'),
    fineMinVnd: wholeOf(fields, 'fineMinVnd'),
    fineMaxVnd: wholeOf(fields, 'fineMaxVnd'),
    licencePoints: points === '' ? null : Number(points),
    document: { vi: textOf(fields, 'document'), en: textOf(fields, 'documentEn') },
    note: draft?.note ?? null,
    source: textOf(fields, 'source'),
    validFrom: textOf(fields, 'validFrom'),
    validUntil: textOf(fields, 'validUntil') || null,
  };
}

/** Adds a row of the catalogue as a draft, or edits one that nobody has approved. */
export function ProvisionDialog({ draft, onLeave }: { draft: Provision | null; onLeave: () => void }) {
  const words = useWords(leadWords);
  const { save } = useWords(partsWords);
  const send = useSend(
    (fields: FormData) => {
      const body = provisionOf(fields, draft);
      if (!draft) return answerOf(api.POST('/api/v1/law/provisions', { body }));
      const { id: provisionId, type: _type, vehicle: _vehicle, variant: _variant, ...changed } = body;
      return answerOf(api.PUT('/api/v1/law/provisions/{provisionId}', { params: { path: { provisionId } }, body: changed }));
    },
    ['law'],
    onLeave,
  );
  const title = draft ? `${words.edit}: ${draft.id}` : words.add;
  return (
    <FormDialog {...{ title, submit: save, busy: send.isPending, error: send.error, onLeave }} onSubmit={(fields) => send.mutate(fields)}>
      {!draft && <Identity error={send.error} />}
      <Facts draft={draft} error={send.error} />
      <Dates draft={draft} error={send.error} />
    </FormDialog>
  );
}

function Identity({ error }: { error: unknown }) {
  const words = useWords(leadWords);
  const { pick } = useText();
  const types = useMeta().ruleTypes.filter(({ kind }) => kind === 'violation');
  return (
    <>
      <div className="field-pair">
        <Choice name="type" label={words.type} options={types.map(({ id, name }) => [id, pick(name)])} />
        <Choice name="vehicle" label={words.vehicle} options={Object.entries(words.vehicles)} />
      </div>
      <div className="field-pair">
        <Entry name="id" label={words.rowId} hint={words.rowIdHint} error={error} code />
        <Entry name="variant" label={words.variant} hint={words.variantHint} required={false} error={error} code />
      </div>
    </>
  );
}

interface PartProps {
  draft: Provision | null;
  error: unknown;
}

function Facts({ draft, error }: PartProps) {
  const words = useWords(leadWords);
  const whole = { type: 'number' as const, min: 0, step: 1, error };
  return (
    <>
      <Entry name="act" label={words.actVi} defaultValue={draft?.act.vi ?? ''} error={error} />
      <Entry name="actEn" label={words.actEn} defaultValue={draft?.act.en ?? ''} />
      <div className="field-triple">
        <Entry name="article" label={words.articleNo} {...whole} min={1} defaultValue={draft?.article ?? ''} />
        <Entry name="clause" label={words.clauseNo} {...whole} min={1} defaultValue={draft?.clause ?? ''} />
        <Entry name="point" label={words.pointNo} required={false} defaultValue={draft?.point ?? ''} error={error} />
      </div>
      <div className="field-triple">
        <Entry name="fineMinVnd" label={words.fineMin} {...whole} defaultValue={draft?.fineMinVnd ?? ''} />
        <Entry name="fineMaxVnd" label={words.fineMax} {...whole} defaultValue={draft?.fineMaxVnd ?? ''} />
        <Entry
          {...{ name: 'licencePoints', label: words.licencePoints, hint: words.licencePointsHint, ...whole, max: 12, required: false }}
          defaultValue={draft?.licencePoints ?? ''}
        />
      </div>
    </>
  );
}

function Dates({ draft, error }: PartProps) {
  const words = useWords(leadWords);
  return (
    <>
      <div className="field-pair">
        <Entry name="document" label={words.documentVi} defaultValue={draft?.document.vi ?? ''} error={error} />
        <Entry name="documentEn" label={words.documentEn} defaultValue={draft?.document.en ?? ''} />
      </div>
      <Entry name="source" label={words.source} defaultValue={draft?.source ?? ''} error={error} />
      <div className="field-pair">
        <Entry name="validFrom" label={words.validFrom} type="date" defaultValue={draft?.validFrom ?? dayOf(Date.now())} error={error} />
        <Entry
          name="validUntil"
          label={words.validUntil}
          type="date"
          required={false}
          defaultValue={draft?.validUntil ?? ''}
          error={error}
        />
      </div>
    </>
  );
}

/** Says on which day a row is no longer in force. */
export function EndDialog({ provision, onLeave }: { provision: Provision; onLeave: () => void }) {
  const words = useWords(leadWords);
  const end = (validUntil: string) =>
    answerOf(
      api.POST('/api/v1/law/provisions/{provisionId}/end', { params: { path: { provisionId: provision.id } }, body: { validUntil } }),
    );
  const send = useSend(end, ['law'], onLeave);
  return (
    <FormDialog
      {...{ title: `${words.end}: ${provision.id}`, about: words.endAbout, submit: words.end, danger: true }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(textOf(fields, 'validUntil'))}
    >
      <Entry name="validUntil" label={words.endOn} type="date" defaultValue={dayOf(Date.now())} error={send.error} />
    </FormDialog>
  );
}
