import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Entry, FormDialog, textOf, useSend } from '../administration/parts.js';
import { ApiError, answerOf, api } from '../api/client.js';
import { useMay } from '../session/abilities.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { cameraWords } from './words.js';

interface Version {
  revision: number;
  name: string;
  deleted: boolean;
  changedBy: string;
  changedAtMs: number;
  comment: string | null;
  credentials: 'kept' | 'set' | 'removed';
  restoredFrom: number | null;
}

/** Page: every version of a camera, also of a deleted one; what differs between two; the way back. */
export function VersionsPage({ id }: { id: string }) {
  const words = useWords(cameraWords);
  const { text } = useText();
  const path = { cameraId: id };
  const { data, error, refetch } = useQuery({
    queryKey: ['camera-versions', id],
    queryFn: async () => (await answerOf(api.GET('/api/v1/cameras/{cameraId}/versions', { params: { path } }))).versions,
  });
  if (error) {
    return (
      <div className="page-note">
        <p>{error instanceof ApiError && error.status === 404 ? text.notFound : words.failed}</p>
        <button type="button" className="button" onClick={() => void refetch()}>
          {text.retry}
        </button>
      </div>
    );
  }
  if (!data) return <p className="page-note">{text.loading}</p>;
  return <Versions id={id} versions={data} />;
}

function Versions({ id, versions }: { id: string; versions: Version[] }) {
  const words = useWords(cameraWords);
  const { text } = useText();
  const mayWrite = useMay()('cameras:write');
  const [newest] = versions;
  const [to, setTo] = useState(newest?.revision ?? 1);
  const [from, setFrom] = useState(versions[1]?.revision ?? newest?.revision ?? 1);
  const [restoring, setRestoring] = useState<number | null>(null);
  return (
    <article className="page" data-testid="versions-page">
      <header className="page-head">
        <Link href={newest?.deleted ? '/cameras' : `/cameras/${id}`} className="button" aria-label={text.back}>
          ←
        </Link>
        <div className="page-title">
          <h1>{words.versionsTitle(newest?.name ?? id)}</h1>
          <p>{words.versionsHint}</p>
        </div>
      </header>
      <div className="versions-columns">
        <ol className="card versions" reversed>
          {versions.map((version) => (
            <VersionRow
              key={version.revision}
              version={version}
              isNow={version.revision === newest?.revision}
              chosen={version.revision === to}
              onChoose={() => {
                setTo(version.revision);
                const before = versions.find(({ revision }) => revision < version.revision);
                setFrom(before?.revision ?? version.revision);
              }}
              onRestore={
                mayWrite && (version.revision !== newest?.revision || version.deleted) ? () => setRestoring(version.revision) : null
              }
            />
          ))}
        </ol>
        <section className="card">
          <div className="filter-bar">
            <VersionSelect label={words.compareFrom} value={from} onChange={setFrom} versions={versions} />
            <VersionSelect label={words.compareTo} value={to} onChange={setTo} versions={versions} />
          </div>
          <Differences id={id} from={from} to={to} />
        </section>
      </div>
      {restoring !== null && newest && (
        <RestoreDialog id={id} revision={restoring} basedOn={newest.revision} onLeave={() => setRestoring(null)} />
      )}
    </article>
  );
}

function VersionSelect(props: { label: string; value: number; onChange: (revision: number) => void; versions: Version[] }) {
  const words = useWords(cameraWords);
  return (
    <label className="field-inline">
      {props.label}
      <select value={props.value} onChange={(event) => props.onChange(Number(event.target.value))}>
        {props.versions.map(({ revision }) => (
          <option key={revision} value={revision}>
            {words.version(revision)}
          </option>
        ))}
      </select>
    </label>
  );
}

function VersionRow(props: { version: Version; isNow: boolean; chosen: boolean; onChoose: () => void; onRestore: (() => void) | null }) {
  const words = useWords(cameraWords);
  const { language } = useText();
  const nowMs = useNowMs();
  const { revision, changedAtMs, changedBy, comment, deleted, credentials, restoredFrom } = props.version;
  return (
    <li data-chosen={props.chosen} data-testid={`version-${revision}`}>
      <button type="button" className="version-choice" aria-pressed={props.chosen} onClick={props.onChoose}>
        <strong>{words.version(revision)}</strong> {props.isNow && !deleted && <span className="chip">{words.versionNow}</span>}
        {deleted && <span className="chip certificate-expired">{words.versionDeleted}</span>}
        {restoredFrom !== null && <span className="chip">{words.versionRestored(restoredFrom)}</span>}
        {credentials !== 'kept' && <span className="chip">{words.versionCredentials[credentials]}</span>}
        <small>
          {moment(changedAtMs, nowMs, language)}, {changedBy}
        </small>
        {comment && <small>“{comment}”</small>}
      </button>
      {props.onRestore && (
        <button type="button" className="button button-small" onClick={props.onRestore} data-testid={`restore-${revision}`}>
          {words.restore(revision)}
        </button>
      )}
    </li>
  );
}

/** JSON with each point on one line. */
function shownValue(value: unknown): string {
  if (value === undefined) return '–';
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, 1).replace(
    /\[\s+(-?[\d.e,\s-]+?)\s+\]/g,
    (_all, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`,
  );
}

function Differences({ id, from, to }: { id: string; from: number; to: number }) {
  const words = useWords(cameraWords);
  const { text } = useText();
  const { data, error } = useQuery({
    queryKey: ['camera-differences', id, from, to],
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/cameras/{cameraId}/versions/{revision}/differences', {
          params: { path: { cameraId: id, revision: to }, query: { from } },
        }),
      ),
  });
  if (error) return <p className="message message-error">{words.failed}</p>;
  if (!data) return <p className="hint">{text.loading}</p>;
  return (
    <>
      {data.credentialsChanged && <p className="hint">{words.differencesCredentials}</p>}
      {data.differences.length === 0 ? (
        <p className="hint">{words.differencesNone}</p>
      ) : (
        <table className="table differences" data-testid="differences">
          <thead>
            <tr>
              <th>{words.path}</th>
              <th>{words.before}</th>
              <th>{words.after}</th>
            </tr>
          </thead>
          <tbody>
            {data.differences.map(({ path, before, after }) => (
              <tr key={path}>
                <th scope="row" className="code">
                  {path}
                </th>
                <td className="code value-before">{shownValue(before)}</td>
                <td className="code value-after">{shownValue(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function RestoreDialog({ id, revision, basedOn, onLeave }: { id: string; revision: number; basedOn: number; onLeave: () => void }) {
  const words = useWords(cameraWords);
  const client = useQueryClient();
  const restore = (comment: string) => {
    const body = { revision: basedOn, comment };
    return answerOf(
      api.POST('/api/v1/cameras/{cameraId}/versions/{revision}/restore', { params: { path: { cameraId: id, revision } }, body }),
    );
  };
  const send = useSend(restore, [], () => {
    // The camera, its versions and all that was drawn from them.
    void client.invalidateQueries();
    onLeave();
  });
  return (
    <FormDialog
      {...{ title: words.restoreTitle(revision), about: words.restoreExplained, submit: words.restore(revision) }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(textOf(fields, 'comment'))}
    >
      <Entry name="comment" label={words.restoreReason} error={send.error} />
    </FormDialog>
  );
}
