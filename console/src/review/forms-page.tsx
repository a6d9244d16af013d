import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded, PageHead } from '../administration/parts.js';
import { dayInWords } from '../administration/vietnam-time.js';
import { answerOf, api } from '../api/client.js';
import type { FormTemplate, IssuedForm } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { ApproveDialog } from './approve-dialog.js';
import { ConfirmedCases } from './confirmed-cases.js';
import { leadWords } from './lead-words.js';

const PAGE = 50;

/** Templates of forms 02 and 03 with their dates, and the forms that were issued. */
export function FormsPage() {
  const words = useWords(leadWords);
  const [approving, setApproving] = useState<string | null>(null);
  const templates = useQuery({
    queryKey: ['templates'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/law/templates'))).templates,
  });
  return (
    <div className="page">
      <PageHead title={words.forms} about={words.formsAbout} />
      <section className="card">
        <h2>{words.templates}</h2>
        <Loaded query={templates}>{(list) => <TemplateTable templates={list} onApprove={setApproving} />}</Loaded>
      </section>
      <ConfirmedCases />
      <section className="card">
        <h2>{words.issued}</h2>
        <IssuedForms />
      </section>
      {approving && <ApproveDialog what="template" id={approving} onLeave={() => setApproving(null)} />}
    </div>
  );
}

function TemplateTable({ templates, onApprove }: { templates: FormTemplate[]; onApprove: (id: string) => void }) {
  const words = useWords(leadWords);
  const leads = useMay()('review:lead');
  return (
    <table className="table" data-testid="templates">
      <thead>
        <tr>
          <th>{words.form}</th>
          <th>{words.template}</th>
          <th>{words.valid}</th>
          <th>{words.source}</th>
          <th>{words.approval}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {templates.map(({ id, form, body, source, validFrom, validUntil, approvedBy }) => (
          <tr key={id}>
            <td>{form}</td>
            <td>{body.title}</td>
            <td className="nowrap">
              {dayInWords(validFrom)} – {validUntil === null ? words.openEnded : dayInWords(validUntil)}
            </td>
            <td>{source}</td>
            <td>{approvedBy ?? <span className="chip draft">{words.draft}</span>}</td>
            <td className="row-acts">
              {leads && approvedBy === null && (
                <button type="button" className="button button-small" onClick={() => onApprove(id)}>
                  {words.approve}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function IssuedForms() {
  const words = useWords(leadWords);
  const query = useInfiniteQuery({
    queryKey: ['issued-forms'],
    queryFn: async ({ pageParam }) => {
      const older = pageParam === null ? {} : { beforeMs: pageParam };
      return (await answerOf(api.GET('/api/v1/review/forms', { params: { query: { limit: PAGE, ...older } } }))).forms;
    },
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.issuedAtMs),
  });
  const forms = { ...query, data: query.data?.pages.flat() } as Parameters<typeof Loaded<IssuedForm[]>>[0]['query'];
  return (
    <>
      <Loaded query={forms}>{(list) => <IssuedTable forms={list} />}</Loaded>
      {query.hasNextPage && (
        <button type="button" className="button" disabled={query.isFetching} onClick={() => void query.fetchNextPage()}>
          {words.older}
        </button>
      )}
    </>
  );
}

function IssuedTable({ forms }: { forms: IssuedForm[] }) {
  const words = useWords(leadWords);
  const { language } = useText();
  if (forms.length === 0) return <p className="hint">{words.noForms}</p>;
  return (
    <table className="table" data-testid="issued-forms">
      <thead>
        <tr>
          <th>{words.number}</th>
          <th>{words.form}</th>
          <th>{words.issuedAt}</th>
          <th>{words.issuedBy}</th>
          <th>{words.caseOf}</th>
          <th />
          <th />
        </tr>
      </thead>
      <tbody>
        {forms.map(({ id, number, form, issuedAtMs, issuedBy, caseId, draft, cameraName }) => (
          <tr key={id}>
            <td className="code">{number}</td>
            <td>{form}</td>
            <td className="nowrap">
              {dateOf(issuedAtMs, language)} {timeOfDay(issuedAtMs, language)}
            </td>
            <td>{issuedBy}</td>
            <td>
              {cameraName} <small className="hint code">{caseId.slice(0, 8)}</small>
            </td>
            <td>{draft && <span className="chip draft">{words.draft}</span>}</td>
            <td className="row-acts">
              <a className="button button-small" href={`/api/v1/review/cases/${caseId}/forms/${id}`} target="_blank" rel="noopener">
                {words.pdf}
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
