import { Choice, Entry, FormDialog, textOf, useSend } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import type { CaseRecord } from '../api/types.js';
import { useWords } from '../text/words.js';
import { leadWords } from './lead-words.js';

/** Issues form 02 or 03 of a confirmed case. What law and template say is filled in by the server. */
export function IssueFormDialog({ record, onLeave }: { record: CaseRecord; onLeave: () => void }) {
  const words = useWords(leadWords);
  const send = useSend(
    (fields: FormData) => {
      const names = ['recipient', 'recipientAddress', 'contact', 'signer', 'signerTitle'] as const;
      const said = Object.fromEntries(names.map((name) => [name, textOf(fields, name)])) as Record<(typeof names)[number], string>;
      const form = textOf(fields, 'form') as '02' | '03';
      const appearAt = textOf(fields, 'appearAt');
      const body = { form, ...said, ...(appearAt ? { appearAt } : {}) };
      return answerOf(api.POST('/api/v1/review/cases/{caseId}/forms', { params: { path: { caseId: record.id } }, body }));
    },
    ['issued-forms', 'confirmed-cases'],
    onLeave,
  );
  const { error } = send;
  return (
    <FormDialog
      {...{ title: `${words.issue}: ${record.plate ?? ''}`, about: words.issueAbout, submit: words.issue }}
      {...{ busy: send.isPending, error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <Choice name="form" label={words.form} options={Object.entries(words.formNames)} />
      <Entry name="recipient" label={words.recipient} error={error} />
      <Entry name="recipientAddress" label={words.recipientAddress} error={error} />
      <Entry name="appearAt" label={words.appearAt} hint={words.appearAtHint} required={false} error={error} />
      <Entry name="contact" label={words.contact} error={error} />
      <div className="field-pair">
        <Entry name="signer" label={words.signer} error={error} />
        <Entry name="signerTitle" label={words.officerTitle} error={error} />
      </div>
    </FormDialog>
  );
}
