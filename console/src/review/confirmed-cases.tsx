import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import type { CaseRecord } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { IssueFormDialog } from './issue-form-dialog.js';
import { leadWords } from './lead-words.js';

const NEWEST = 200;

/** Confirmed cases of which no form that counts was issued, and the way to issue one. */
export function ConfirmedCases() {
  const words = useWords(leadWords);
  const [issuing, setIssuing] = useState<CaseRecord | null>(null);
  const query = useQuery({
    queryKey: ['confirmed-cases'],
    queryFn: async () => {
      const { cases } = await answerOf(api.GET('/api/v1/review/cases', { params: { query: { state: 'confirmed', limit: NEWEST } } }));
      return cases.filter(({ forms, erasedAtMs }) => erasedAtMs === null && forms.every(({ draft }) => draft));
    },
  });
  return (
    <section className="card">
      <h2>{words.withoutForm}</h2>
      <Loaded query={query}>{(cases) => <CaseTable cases={cases} onIssue={setIssuing} />}</Loaded>
      {issuing && <IssueFormDialog record={issuing} onLeave={() => setIssuing(null)} />}
    </section>
  );
}

function CaseTable({ cases, onIssue }: { cases: CaseRecord[]; onIssue: (record: CaseRecord) => void }) {
  const words = useWords(leadWords);
  const { language, pick } = useText();
  const { ruleTypes } = useMeta();
  const leads = useMay()('review:lead');
  if (cases.length === 0) return <p className="hint">{words.allHaveForms}</p>;
  const typeName = (type: string) => {
    const known = ruleTypes.find(({ id }) => id === type);
    return known ? pick(known.name) : type;
  };
  return (
    <table className="table" data-testid="confirmed-cases">
      <thead>
        <tr>
          <th>{words.violationAt}</th>
          <th>{words.type}</th>
          <th>{words.plate}</th>
          <th>{words.camera}</th>
          <th>{words.decidedBy}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {cases.map((record) => (
          <tr key={record.id}>
            <td className="nowrap">
              {dateOf(record.violationAtMs, language)} {timeOfDay(record.violationAtMs, language)}
            </td>
            <td>{typeName(record.type)}</td>
            <td className="code">{record.plate}</td>
            <td>{record.cameraName}</td>
            <td>{record.decidedBy}</td>
            <td className="row-acts">
              {leads && (
                <button type="button" className="button button-small" data-testid={`issue-${record.id}`} onClick={() => onIssue(record)}>
                  {words.issue}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
