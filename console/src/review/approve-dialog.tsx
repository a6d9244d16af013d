import { Entry, FormDialog, textOf, useSend } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import { useWords } from '../text/words.js';
import { leadWords } from './lead-words.js';

/** Enters the officer who answers for a row of the law or a template. */
export function ApproveDialog({ what, id, onLeave }: { what: 'provision' | 'template'; id: string; onLeave: () => void }) {
  const words = useWords(leadWords);
  const send = useSend(
    (body: { officer: string; title: string }) =>
      what === 'provision'
        ? answerOf(api.POST('/api/v1/law/provisions/{provisionId}/approve', { params: { path: { provisionId: id } }, body }))
        : answerOf(api.POST('/api/v1/law/templates/{templateId}/approve', { params: { path: { templateId: id } }, body })),
    ['law', 'templates'],
    onLeave,
  );
  return (
    <FormDialog
      {...{
        title: `${words.approve}: ${id}`,
        about: words.approveAbout,
        submit: words.approve,
        busy: send.isPending,
        error: send.error,
        onLeave,
      }}
      onSubmit={(fields) => send.mutate({ officer: textOf(fields, 'officer'), title: textOf(fields, 'title') })}
    >
      <Entry name="officer" label={words.officer} error={send.error} />
      <Entry name="title" label={words.officerTitle} error={send.error} />
    </FormDialog>
  );
}
