import { useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client.js';
import { labelOf } from '../refusals/field-labels.js';
import { problemInWords, refusalOf } from '../refusals/refusal.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { cameraWords } from './words.js';

type Apply = 'nothing' | 'all' | 'good-rows';
type Report = Awaited<ReturnType<typeof send>>;

const MOST_BYTES = 2_000_000;
const SAMPLE =
  '\uFEFFid,name,unit,url,detectUrl,username,password,transport,latitude,longitude,address,direction,groups,enabled\r\n' +
  'cong-1,Cổng chính,,rtsp://10.0.0.21/main,rtsp://10.0.0.21/sub,viewer,mat-khau,tcp,10.9804,106.6745,"Ngã tư Sở Sao, Phú Lợi",90,Quốc lộ 13|Trường học,true\r\n';

function send(csv: string, apply: Apply, comment: string) {
  return answerOf(
    api.POST('/api/v1/cameras-import', { body: { csv, apply, ...(comment.trim() === '' ? {} : { comment: comment.trim() }) } }),
  );
}

function downloadSample(): void {
  const url = URL.createObjectURL(new Blob([SAMPLE], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'cameras-sample.csv';
  link.click();
  URL.revokeObjectURL(url);
}

/** Page: cameras from a CSV list. The list is checked first; nothing changes until somebody presses import. */
export function ImportPage() {
  const words = useWords(cameraWords);
  const { text, language } = useText();
  const client = useQueryClient();
  const [csv, setCsv] = useState<string | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [comment, setComment] = useState('');

  async function run(list: string, apply: Apply): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      setReport(await send(list, apply, comment));
      if (apply !== 'nothing') await client.invalidateQueries();
    } catch (error) {
      if (apply === 'nothing') setReport(null);
      setProblem(refusalOf(error, language).general);
    }
    setBusy(false);
  }

  async function choose(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const file = event.target.files?.[0];
    setReport(null);
    setCsv(null);
    if (!file) return;
    if (file.size > MOST_BYTES) return setProblem(words.importTooLarge);
    try {
      const list = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
      setCsv(list);
      await run(list, 'nothing');
    } catch {
      setProblem(words.importNotUtf8);
    }
  }

  return (
    <article className="page" data-testid="import-page">
      <header className="page-head">
        <Link href="/cameras" className="button" aria-label={text.back}>
          ←
        </Link>
        <div className="page-title">
          <h1>{words.importTitle}</h1>
          <p>{words.importSteps}</p>
        </div>
        <button type="button" className="button" onClick={downloadSample}>
          {words.importTemplate}
        </button>
      </header>
      <label className="field import-file">
        {words.importFile}
        <input type="file" accept=".csv,text/csv" data-testid="import-file" onChange={(event) => void choose(event)} />
      </label>
      {busy && <p role="status">{words.importChecking}</p>}
      {problem && (
        <p className="message message-error" role="alert">
          {problem}
        </p>
      )}
      {report?.applied && (
        <p className="message message-info" role="status" data-testid="import-done">
          {words.importDone} {words.importCounts(report.counts)}. <Link href="/cameras">{words.importToList}</Link>
        </p>
      )}
      {report && csv !== null && !report.applied && (
        <ImportChoice report={report} busy={busy} comment={comment} setComment={setComment} run={(apply) => void run(csv, apply)} />
      )}
      {report && <ImportTable report={report} />}
    </article>
  );
}

function ImportChoice(props: {
  report: Report;
  busy: boolean;
  comment: string;
  setComment: (comment: string) => void;
  run: (apply: Apply) => void;
}) {
  const words = useWords(cameraWords);
  const { counts } = props.report;
  const good = counts.create + counts.update;
  return (
    <section className="card import-choice">
      <strong data-testid="import-counts">{words.importCounts(counts)}</strong>
      {good === 0 && counts.refused === 0 && <p className="hint">{words.importNothing}</p>}
      {counts.refused > 0 && <p className="problem">{words.importRefusedFirst}</p>}
      {good > 0 && (
        <label className="field">
          {words.importComment}
          <input value={props.comment} maxLength={500} onChange={(event) => props.setComment(event.target.value)} />
        </label>
      )}
      <div className="buttons">
        {good > 0 && counts.refused === 0 && (
          <button
            type="button"
            className="button button-primary"
            disabled={props.busy}
            data-testid="import-all"
            onClick={() => props.run('all')}
          >
            {words.importAll(good)}
          </button>
        )}
        {good > 0 && counts.refused > 0 && (
          <button type="button" className="button" disabled={props.busy} data-testid="import-good" onClick={() => props.run('good-rows')}>
            {words.importGood(good)}
          </button>
        )}
        <button type="button" className="button" disabled={props.busy} onClick={() => props.run('nothing')}>
          {words.importAgain}
        </button>
      </div>
    </section>
  );
}

function ImportTable({ report }: { report: Report }) {
  const words = useWords(cameraWords);
  const { language } = useText();
  const [onlyRefused, setOnlyRefused] = useState(false);
  const rows = onlyRefused ? report.rows.filter(({ action }) => action === 'refused') : report.rows;
  return (
    <>
      {report.counts.refused > 0 && (
        <label className="check">
          <input type="checkbox" checked={onlyRefused} onChange={(event) => setOnlyRefused(event.target.checked)} />
          {words.importOnlyRefused}
        </label>
      )}
      <table className="table" data-testid="import-table">
        <thead>
          <tr>
            <th>{words.importLine}</th>
            <th>{words.importId}</th>
            <th>{words.name}</th>
            <th>{words.importWhat}</th>
            <th>{words.importDetails}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, id, name, action, changes, credentials, problems }) => (
            <tr key={line} data-action={action}>
              <td>{line}</td>
              <td className="code">{id}</td>
              <td>{name}</td>
              <td>
                <span className={`chip import-${action}`}>{words.importActions[action]}</span>
              </td>
              <td>
                {problems.map((problem) => (
                  <p key={`${problem.column} ${problem.message}`} className="problem">
                    {problem.column && <strong className="code">{problem.column}: </strong>}
                    {problem.path && language === 'vi' && `${labelOf(problem.path)}: `}
                    {problemInWords(problem, language)}
                  </p>
                ))}
                <span className="code">{changes.join(', ')}</span> {credentials !== 'kept' && words.importCredentials[credentials]}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
