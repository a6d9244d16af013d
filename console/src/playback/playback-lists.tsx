import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTypeName } from '../alerts/alert-title.js';
import { SeverityIcon } from '../alerts/severity.js';
import { answerOf, api } from '../api/client.js';
import { serverClock } from '../api/server-clock.js';
import type { Bookmark, Timeline } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useSession } from '../session/session.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import type { TimeView } from './timeline-scale.js';
import { words } from './words.js';

const SHOWN = 50;

/** Alerts in the stretch that the timeline shows, newest first; a press plays from 10 s before. */
export function AlertsHere(props: { timeline: Timeline | null; view: TimeView; onPlay: (ms: number) => void }) {
  const { timeline, view, onPlay } = props;
  const { language } = useText();
  const word = useWords(words);
  const typeName = useTypeName();
  const alerts = (timeline?.alerts ?? [])
    .filter(({ startMs, endMs }) => startMs <= view.toMs && (endMs ?? startMs) >= view.fromMs)
    .sort((a, b) => b.startMs - a.startMs);
  return (
    <section className="card">
      <h2>{word.alertsHere}</h2>
      {alerts.length === 0 && <p className="hint">{word.noAlertsHere}</p>}
      <ul className="playback-list" data-testid="alerts-here">
        {alerts.slice(0, SHOWN).map(({ id, type, severity, startMs }) => (
          <li key={id}>
            <button type="button" className="button-link" onClick={() => onPlay(startMs)}>
              <SeverityIcon severity={severity} /> {moment(startMs, serverClock.nowMs(), language)} · {typeName(type)}
            </button>
          </li>
        ))}
      </ul>
      {timeline !== null && timeline.alertsLeftOut > 0 && <p className="hint">{word.leftOut(timeline.alertsLeftOut)}</p>}
    </section>
  );
}

/** Bookmarks of a camera, searched by words. */
export function Bookmarks(props: { cameraId: string; onPlay: (ms: number) => void; onChange: () => void }) {
  const { cameraId, onPlay, onChange } = props;
  const word = useWords(words);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['bookmarks', cameraId, text],
    queryFn: async () => {
      const query = { cameraId, limit: SHOWN, ...(text.trim() === '' ? {} : { text: text.trim() }) };
      return (await answerOf(api.GET('/api/v1/bookmarks', { params: { query } }))).bookmarks;
    },
  });
  const remove = async (bookmarkId: string) => {
    setProblem(null);
    await answerOf(api.DELETE('/api/v1/bookmarks/{bookmarkId}', { params: { path: { bookmarkId } } })).catch(setProblem);
    void refetch();
    onChange();
  };
  const failed = problem ?? error;
  return (
    <section className="card">
      <div className="card-head">
        <h2>{word.bookmarks}</h2>
        <input
          type="search"
          value={text}
          placeholder={word.searchBookmarks}
          aria-label={word.searchBookmarks}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Refused error={failed} />
      {data?.length === 0 && <p className="hint">{word.noBookmarks}</p>}
      <ul className="playback-list" data-testid="bookmarks">
        {data?.map((bookmark) => (
          <BookmarkRow key={bookmark.id} bookmark={bookmark} onPlay={onPlay} onRemove={() => void remove(bookmark.id)} />
        ))}
      </ul>
    </section>
  );
}

function BookmarkRow(props: { bookmark: Bookmark; onPlay: (ms: number) => void; onRemove: () => void }) {
  const { bookmark, onPlay, onRemove } = props;
  const { language } = useText();
  const word = useWords(words);
  const { username } = useSession().session.user;
  return (
    <li>
      <button type="button" className="button-link" onClick={() => onPlay(bookmark.atMs)}>
        ▲ {moment(bookmark.atMs, serverClock.nowMs(), language)} · {bookmark.name}
      </button>
      <span className="hint">
        {bookmark.createdBy}
        {bookmark.note && ` · ${bookmark.note}`}
      </span>
      {bookmark.createdBy === username && (
        <button type="button" className="button button-small" onClick={onRemove}>
          {word.remove}
        </button>
      )}
    </li>
  );
}
