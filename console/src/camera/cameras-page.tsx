import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client.js';
import { useCameras, useUnitNames } from '../api/queries.js';
import type { CameraView } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { moment, number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { type CameraFilter, filtered, groupsOf, listedState } from './camera-filter.js';
import { DeleteCamera } from './delete-camera.js';
import { cameraWords } from './words.js';

const AT_ONCE = 100;
const STATES = ['online', 'connecting', 'offline', 'disabled'] as const;

/** Page: every camera of the own units with its state, to search, add, import, export and change. */
export function CamerasPage() {
  const words = useWords(cameraWords);
  const { text } = useText();
  const { cameras, loaded, failed } = useCameras();
  const [filter, setFilter] = useState<CameraFilter>({ words: '', group: '', state: '' });
  const [shown, setShown] = useState(AT_ONCE);
  const found = useMemo(() => filtered(cameras, filter), [cameras, filter]);
  return (
    <article className="page" data-testid="cameras-page">
      <header className="page-head">
        <h1 className="page-title">{words.cameras}</h1>
        <Link href="/add-camera" className="button button-primary">
          {words.add}
        </Link>
        <Link href="/import-cameras" className="button">
          {words.import}
        </Link>
        <a href="/api/v1/cameras-export" className="button" download>
          {words.export}
        </a>
      </header>
      {cameras.length > 0 && <FilterBar cameras={cameras} filter={filter} setFilter={setFilter} found={found.length} />}
      {!loaded && <p className="page-note">{failed ? text.unreachable : text.loading}</p>}
      {loaded && cameras.length === 0 && (
        <div className="page-note">
          <strong>{words.none}</strong>
          <p>{words.noneHelp}</p>
        </div>
      )}
      {cameras.length > 0 && found.length === 0 && <p className="page-note">{words.noMatch}</p>}
      {found.length > 0 && <CameraTable items={found.slice(0, shown)} />}
      {found.length > shown && (
        <button type="button" className="button" onClick={() => setShown(shown + AT_ONCE)}>
          {words.showMore(Math.min(AT_ONCE, found.length - shown))}
        </button>
      )}
      <DeletedCameras />
    </article>
  );
}

function FilterBar(props: { cameras: CameraView[]; filter: CameraFilter; setFilter: (filter: CameraFilter) => void; found: number }) {
  const words = useWords(cameraWords);
  const { text } = useText();
  const { cameras, filter, setFilter, found } = props;
  const groups = groupsOf(cameras);
  return (
    <search className="filter-bar">
      <label className="field">
        <span className="visually-hidden">{words.search}</span>
        <input
          type="search"
          data-testid="cameras-search"
          placeholder={words.search}
          value={filter.words}
          onChange={(event) => setFilter({ ...filter, words: event.target.value })}
        />
      </label>
      {groups.length > 0 && (
        <label className="field-inline">
          {words.group}
          <select
            value={filter.group}
            data-testid="cameras-group"
            onChange={(event) => setFilter({ ...filter, group: event.target.value })}
          >
            <option value="">{words.allGroups}</option>
            {groups.map((group) => (
              <option key={group}>{group}</option>
            ))}
          </select>
        </label>
      )}
      <label className="field-inline">
        {words.state}
        <select value={filter.state} onChange={(event) => setFilter({ ...filter, state: event.target.value })}>
          <option value="">{words.allStates}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {text.cameraState[state]}
            </option>
          ))}
        </select>
      </label>
      <span className="hint" role="status">
        {words.shown(found, cameras.length)}
      </span>
    </search>
  );
}

function CameraTable({ items }: { items: CameraView[] }) {
  const words = useWords(cameraWords);
  const unitNames = useUnitNames();
  return (
    <table className="table" data-testid="cameras-table">
      <thead>
        <tr>
          <th>{words.name}</th>
          <th>{words.unit}</th>
          <th>{words.groups}</th>
          <th>{words.state}</th>
          <th>{words.certificate}</th>
          <th>{words.changed}</th>
          <th>
            <span className="visually-hidden">{words.edit}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <CameraRow key={item.camera.id} item={item} unit={unitNames.get(item.camera.unitId ?? '') ?? item.camera.unitId ?? ''} />
        ))}
      </tbody>
    </table>
  );
}

function CameraRow({ item, unit }: { item: CameraView; unit: string }) {
  const words = useWords(cameraWords);
  const { text, language } = useText();
  const nowMs = useNowMs();
  const { camera, status, certificate, lastChange } = item;
  const state = listedState(item) as (typeof STATES)[number];
  const size = status?.widthPx && status.heightPx ? `${status.widthPx}×${status.heightPx}` : '';
  return (
    <tr data-testid={`camera-row-${camera.id}`}>
      <th scope="row">
        <Link href={`/cameras/${camera.id}`}>{camera.name}</Link>
        <small className="code">{camera.id}</small>
      </th>
      <td>{unit}</td>
      <td>
        {(camera.groups ?? []).map((group) => (
          <span key={group} className="chip">
            {group}
          </span>
        ))}
      </td>
      <td>
        <span className={`chip camera-${state}`}>{text.cameraState[state]}</span>
        {status?.codec && (
          <small>
            {status.codec.split('.')[0]} {size}
            <br />
            {words.analysed(number(status.achievedFps, language))}
          </small>
        )}
      </td>
      <td>
        {certificate !== 'absent' && <span className={`chip certificate-${certificate}`}>{words.certificateStates[certificate]}</span>}
      </td>
      <td>
        {lastChange && (
          <>
            {moment(lastChange.atMs, nowMs, language)}
            <small>{words.by(lastChange.by)}</small>
          </>
        )}
      </td>
      <td className="row-ways">
        <Link href={`/cameras/${camera.id}/edit`} aria-label={`${words.edit}: ${camera.name}`}>
          {words.edit}
        </Link>
        <Link href={`/cameras/${camera.id}/versions`} aria-label={`${words.versions}: ${camera.name}`}>
          {words.versions}
        </Link>
        <DeleteCamera item={item} />
      </td>
    </tr>
  );
}

function DeletedCameras() {
  const words = useWords(cameraWords);
  const { language } = useText();
  const nowMs = useNowMs();
  const { data } = useQuery({
    queryKey: ['deleted-cameras'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/deleted-cameras'))).cameras,
  });
  if (!data || data.length === 0) return null;
  return (
    <details className="fold" data-testid="deleted-cameras">
      <summary>{words.deleted(data.length)}</summary>
      <ul className="lines card">
        {data.map(({ cameraId, name, changedAtMs, changedBy, comment }) => (
          <li key={cameraId}>
            <span>
              {name} <code className="code">{cameraId}</code>
            </span>
            <span className="hint">
              {words.deletedAt(moment(changedAtMs, nowMs, language), changedBy)}
              {comment && `: ${comment}`}
            </span>
            <Link href={`/cameras/${cameraId}/versions`} className="end">
              {words.versions}
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}
