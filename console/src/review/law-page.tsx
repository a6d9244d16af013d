import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded, PageHead } from '../administration/parts.js';
import { dayInWords, dayOf } from '../administration/vietnam-time.js';
import { answerOf, api } from '../api/client.js';
import type { Provision } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { ApproveDialog } from './approve-dialog.js';
import { EndDialog, ProvisionDialog } from './law-dialogs.js';
import { leadWords } from './lead-words.js';

type Doing = { what: 'add' } | { what: 'edit' | 'approve' | 'end'; provision: Provision };

/** True on a day (`YYYY-MM-DD`) from the first (inclusive) to the last (exclusive) of the row. */
export const inForce = ({ validFrom, validUntil }: Pick<Provision, 'validFrom' | 'validUntil'>, day: string): boolean =>
  day === '' || (validFrom <= day && (validUntil === null || day < validUntil));

/** The catalogue of acts and sanctions, as it is or was on a day. */
export function LawPage() {
  const words = useWords(leadWords);
  const may = useMay();
  const [day, setDay] = useState(() => dayOf(Date.now()));
  const [doing, setDoing] = useState<Doing | null>(null);
  const query = useQuery({ queryKey: ['law'], queryFn: async () => (await answerOf(api.GET('/api/v1/law/provisions'))).provisions });
  const leave = () => setDoing(null);
  return (
    <div className="page">
      <PageHead title={words.law} about={words.lawAbout}>
        <label className="check">
          {words.inForceOn} <input type="date" value={day} onChange={(event) => setDay(event.target.value)} data-testid="law-day" />
        </label>
        <button type="button" className="button" aria-pressed={day === ''} onClick={() => setDay('')}>
          {words.all}
        </button>
        {may('legal:write') && (
          <button type="button" className="button button-primary" data-testid="add-provision" onClick={() => setDoing({ what: 'add' })}>
            {words.add}
          </button>
        )}
      </PageHead>
      <Loaded query={query}>{(rows) => <LawTable rows={rows.filter((row) => inForce(row, day))} onDo={setDoing} />}</Loaded>
      {doing?.what === 'add' && <ProvisionDialog draft={null} onLeave={leave} />}
      {doing?.what === 'edit' && <ProvisionDialog draft={doing.provision} onLeave={leave} />}
      {doing?.what === 'end' && <EndDialog provision={doing.provision} onLeave={leave} />}
      {doing?.what === 'approve' && <ApproveDialog what="provision" id={doing.provision.id} onLeave={leave} />}
    </div>
  );
}

function LawTable({ rows, onDo }: { rows: Provision[]; onDo: (doing: Doing) => void }) {
  const words = useWords(leadWords);
  const { pick } = useText();
  const { ruleTypes } = useMeta();
  if (rows.length === 0) return <p className="page-note">{words.noLaw}</p>;
  const typeName = (id: string) => {
    const known = ruleTypes.find((type) => type.id === id);
    return known ? pick(known.name) : id;
  };
  return (
    <table className="table" data-testid="law">
      <thead>
        <tr>
          <th>{words.type}</th>
          <th>{words.vehicle}</th>
          <th>{words.act}</th>
          <th>{words.article}</th>
          <th className="figure">{words.fine}</th>
          <th className="figure">{words.points}</th>
          <th>{words.valid}</th>
          <th>{words.approval}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <LawRow key={row.id} {...{ row, typeName, onDo }} />
        ))}
      </tbody>
    </table>
  );
}

function LawRow({ row, typeName, onDo }: { row: Provision; typeName: (id: string) => string; onDo: (doing: Doing) => void }) {
  const words = useWords(leadWords);
  const { language, pick } = useText();
  const may = useMay();
  const money = (value: number) => number(value, language, 0);
  return (
    <tr data-testid={`provision-${row.id}`}>
      <td>
        {typeName(row.type)}
        {row.variant && <small className="hint code"> {row.variant}</small>}
      </td>
      <td>{words.vehicles[row.vehicle]}</td>
      <td className="law-act" title={pick(row.document)}>
        {pick(row.act)}
      </td>
      <td>{words.articleOf(row.article, row.clause, row.point)}</td>
      <td className="figure nowrap">
        {money(row.fineMinVnd)} – {money(row.fineMaxVnd)}
      </td>
      <td className="figure">{row.licencePoints ?? '–'}</td>
      <td className="nowrap">
        {dayInWords(row.validFrom)} – {row.validUntil === null ? words.openEnded : dayInWords(row.validUntil)}
      </td>
      <td>{row.approval ? words.approvedBy(row.approval.by, row.approval.title) : <span className="chip draft">{words.draft}</span>}</td>
      <td className="row-acts">
        {may('legal:write') && !row.approval && (
          <button type="button" className="button button-small" onClick={() => onDo({ what: 'edit', provision: row })}>
            {words.edit}
          </button>
        )}
        {may('review:lead') && !row.approval && (
          <button
            type="button"
            className="button button-small"
            data-testid={`approve-${row.id}`}
            onClick={() => onDo({ what: 'approve', provision: row })}
          >
            {words.approve}
          </button>
        )}
        {may('legal:write') && row.validUntil === null && (
          <button type="button" className="button button-small" onClick={() => onDo({ what: 'end', provision: row })}>
            {words.end}
          </button>
        )}
      </td>
    </tr>
  );
}
