import { useEffect, useRef, useState } from 'react';
import { Redirect, useLocation } from 'wouter';
import { useCameras } from '../api/queries.js';
import { serverClock } from '../api/server-clock.js';
import type { CameraView, Timeline } from '../api/types.js';
import { refusalOf } from '../refusals/refusal.js';
import { useRefusal } from '../refusals/refused.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { dateOf, duration, preciseTime, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import type { PlaybackActions } from './playback-actions.js';
import { type Asking, PlaybackControls, SelectionControls } from './playback-controls.js';
import { AlertsHere, Bookmarks } from './playback-lists.js';
import { nextRate } from './playback-rates.js';
import type { PlaybackView } from './recording-player.js';
import { BookmarkDialog, DownloadDialog, LockDialog } from './span-dialogs.js';
import { TimelineBar } from './timeline-bar.js';
import { centred, localText, msOfLocal, type TimeView } from './timeline-scale.js';
import { usePlayer } from './use-player.js';
import { alertBeside, useTimeline } from './use-timeline.js';
import { gapReason, words } from './words.js';

/** Where playback begins when no time is given: so long ago. */
const RECENTLY_MS = 60_000;
const HOUR_MS = 3_600_000;
const BEFORE_ALERT_MS = 10_000;
/** An edge of the timeline so near to the picture (a share of the view) that the view follows it. */
const FOLLOW_SHARE = 0.02;

/** The moment in the address (`?at=`), epoch ms; a minute ago when there is none. */
function momentInAddress(): number {
  const at = Number(new URLSearchParams(window.location.search).get('at'));
  return Number.isFinite(at) && at > 0 ? at : serverClock.nowMs() - RECENTLY_MS;
}

/** Playback of one camera; of the first one when none is named. */
export function PlaybackPage({ id }: { id?: string }) {
  const { text } = useText();
  const { cameras, loaded } = useCameras();
  const [first] = cameras;
  if (id === undefined && first) return <Redirect to={`/playback/${first.camera.id}`} replace />;
  const item = cameras.find(({ camera }) => camera.id === id);
  if (!item) return <p className="page-note">{loaded ? text.notFound : text.loading}</p>;
  return <CameraPlayback key={item.camera.id} item={item} cameras={cameras} />;
}

function CameraPlayback({ item, cameras }: { item: CameraView; cameras: readonly CameraView[] }) {
  const cameraId = item.camera.id;
  const { language } = useText();
  const word = useWords(words);
  const [, navigate] = useLocation();
  const video = useRef<HTMLVideoElement>(null);
  const [startMs] = useState(momentInAddress);
  const { player, view } = usePlayer(video, cameraId, startMs);
  const [span, setSpan] = useState<TimeView>(() => centred({ fromMs: 0, toMs: HOUR_MS }, startMs, serverClock.nowMs()));
  const { timeline, failed, refresh } = useTimeline(cameraId, span);
  const [marks, setMarks] = useState<{ inMs: number | null; outMs: number | null }>({ inMs: null, outMs: null });
  const [asking, setAsking] = useState<Asking | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [soughtMs, setSought] = useState(startMs);
  const shownMs = view?.shownMs ?? null;
  // A recording that cannot be shown is marked and downloaded all the same, by the timeline alone.
  const hereMs = shownMs ?? (view?.problem ? soughtMs : null);
  useFollowing(hereMs, span, setSpan);

  const seek = (ms: number) => {
    setNotice(null);
    setSought(ms);
    window.history.replaceState(null, '', `/playback/${cameraId}?at=${Math.round(ms)}`);
    player.current?.seek(ms);
    if (ms < span.fromMs || ms > span.toMs) setSpan(centred(span, ms, serverClock.nowMs()));
  };
  const actions: PlaybackActions = {
    seek,
    toggle: () => (view?.state === 'playing' || view?.state === 'edge' ? player.current?.pause() : player.current?.play()),
    pause: () => player.current?.pause(),
    step: (by) => void player.current?.step(by),
    setRate: (rate) => player.current?.setRate(rate),
    changeRate: (by) => player.current?.setRate(nextRate(view?.rate ?? 1, by)),
    toAlert: (by) => {
      // What is being watched began 10 s before its alert.
      const fromMs = (hereMs ?? startMs) + (by > 0 ? BEFORE_ALERT_MS + 1000 : 0);
      alertBeside(cameraId, fromMs, by)
        .then((ms) => (ms === null ? setNotice(by > 0 ? word.noAlertAfter : word.noAlertBefore) : seek(ms - BEFORE_ALERT_MS)))
        .catch((error: unknown) => setNotice(refusalOf(error, language).general));
    },
    mark: (which) => hereMs !== null && setMarks((before) => marked(before, which, hereMs)),
    clearMarks: () => setMarks({ inMs: null, outMs: null }),
  };
  usePlaybackKeys(actions, { onBookmark: () => setAsking('bookmark'), onLeave: () => navigate(`/cameras/${cameraId}`) });
  const selected = marks.inMs !== null && marks.outMs !== null ? { fromMs: marks.inMs, toMs: marks.outMs } : null;
  const dialog = { cameraId, onLeave: () => setAsking(null), onDone: refresh };
  return (
    <article className="page playback-page" data-testid="playback-page">
      <PlaybackHead item={item} cameras={cameras} shownMs={shownMs} onSeek={seek} />
      <div className="playback-stage" data-state={view?.state ?? 'loading'} data-testid="playback-stage" data-shown-ms={shownMs ?? ''}>
        <video
          ref={video}
          muted
          playsInline
          disablePictureInPicture
          data-testid="playback-video"
          aria-label={word.ofCamera(item.camera.name)}
        />
        <StageNotices view={view} timeline={timeline} onRetry={() => player.current?.play()} />
      </div>
      <PlaybackControls cameraId={cameraId} view={view} actions={actions} />
      <TimelineBar timeline={timeline} view={span} cursorMs={hereMs} {...marks} onSeek={seek} onView={setSpan} />
      <SelectionControls
        selectedMs={selected ? selected.toMs - selected.fromMs : null}
        hasMarks={marks.inMs !== null || marks.outMs !== null}
        actions={actions}
        onAsk={setAsking}
      />
      <TimelineNotes timeline={timeline} failed={failed} notice={notice} />
      <div className="columns playback-columns">
        <AlertsHere timeline={timeline} view={span} onPlay={(ms) => seek(ms - BEFORE_ALERT_MS)} />
        <Bookmarks key={timeline?.bookmarks.length ?? 0} cameraId={cameraId} onPlay={seek} onChange={refresh} />
      </div>
      {asking === 'download' && selected && <DownloadDialog {...dialog} span={selected} />}
      {asking === 'lock' && selected && <LockDialog {...dialog} span={selected} />}
      {asking === 'bookmark' && hereMs !== null && <BookmarkDialog {...dialog} atMs={hereMs} />}
    </article>
  );
}

/** The start never lies behind the end: who sets one beyond the other begins anew with it. */
function marked(before: { inMs: number | null; outMs: number | null }, which: 'in' | 'out', ms: number) {
  if (which === 'in') return { inMs: ms, outMs: before.outMs !== null && before.outMs > ms ? before.outMs : null };
  return { inMs: before.inMs !== null && before.inMs < ms ? before.inMs : null, outMs: ms };
}

/** While it plays the view goes with the picture when that runs out of it; not while somebody looks elsewhere. */
function useFollowing(shownMs: number | null, span: TimeView, setSpan: (view: TimeView) => void): void {
  const before = useRef(shownMs);
  useEffect(() => {
    const nearEndMs = span.toMs - (span.toMs - span.fromMs) * FOLLOW_SHARE;
    const ranOut = before.current !== null && shownMs !== null && before.current <= nearEndMs && shownMs > nearEndMs;
    before.current = shownMs;
    if (ranOut) setSpan(centred(span, shownMs, serverClock.nowMs()));
  }, [shownMs, span, setSpan]);
}

function usePlaybackKeys(actions: PlaybackActions, { onBookmark, onLeave }: { onBookmark: () => void; onLeave: () => void }): void {
  useShortcuts(
    {
      ' ': actions.toggle,
      arrowleft: () => actions.step(-1),
      arrowright: () => actions.step(1),
      j: () => actions.changeRate(-1),
      k: actions.pause,
      l: () => actions.changeRate(1),
      '[': () => actions.mark('in'),
      ']': () => actions.mark('out'),
      n: () => actions.toAlert(1),
      p: () => actions.toAlert(-1),
      m: onBookmark,
      escape: onLeave,
    },
    { first: true },
  );
}

function PlaybackHead(props: { item: CameraView; cameras: readonly CameraView[]; shownMs: number | null; onSeek: (ms: number) => void }) {
  const { item, cameras, shownMs, onSeek } = props;
  const { language } = useText();
  const word = useWords(words);
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState(() => localText(momentInAddress()));
  const typedMs = msOfLocal(typed);
  return (
    <header className="page-head">
      <h1 className="visually-hidden">{word.title}</h1>
      <label className="playback-choice">
        <span className="visually-hidden">{word.chooseCamera}</span>
        <select
          value={item.camera.id}
          data-testid="playback-camera"
          onChange={(event) => navigate(`/playback/${event.target.value}?at=${Math.round(shownMs ?? momentInAddress())}`)}
        >
          {cameras.map(({ camera }) => (
            <option key={camera.id} value={camera.id}>
              {camera.name}
            </option>
          ))}
        </select>
      </label>
      <form
        className="playback-goto"
        onSubmit={(event) => {
          event.preventDefault();
          if (typedMs !== null) onSeek(typedMs);
        }}
      >
        <label>
          {word.goTo}{' '}
          <input
            type="datetime-local"
            step={1}
            value={typed}
            data-testid="playback-goto"
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <button type="submit" className="button" disabled={typedMs === null}>
          {word.go}
        </button>
      </form>
      <p className="playback-time" data-testid="playback-time">
        <span className="hint">{word.captured}</span>{' '}
        {shownMs === null ? '–' : <time>{`${dateOf(shownMs, language)} ${preciseTime(shownMs, language)}`}</time>}
      </p>
    </header>
  );
}

/** What must be said on the picture itself. */
function StageNotices(props: { view: PlaybackView | null; timeline: Timeline | null; onRetry: () => void }) {
  const { view, timeline, onRetry } = props;
  const { language } = useText();
  const word = useWords(words);
  const { general } = useRefusal(view?.problem);
  if (view?.problem)
    return (
      <Notice text={general ?? ''}>
        <button type="button" className="button" onClick={onRetry}>
          {word.retry}
        </button>
      </Notice>
    );
  if (view?.gap) {
    const { fromMs, toMs } = view.gap;
    const away = timeline?.gaps.find((gap) => gap.reason === 'worker-away' && gap.fromMs < toMs && gap.toMs > fromMs);
    const passing = word.passing(duration(toMs - fromMs, language), timeOfDay(toMs, language));
    return <Notice gap text={away ? `${passing} (${gapReason(word, away)})` : passing} />;
  }
  if (view === null || view.state === 'loading') return <Notice text={word.loading} />;
  return view.state === 'edge' ? <p className="playback-edge">{word.atEdge}</p> : null;
}

function Notice(props: { text: string; gap?: boolean; children?: React.ReactNode }) {
  return (
    <div
      className={`playback-notice${props.gap ? ' playback-gap' : ''}`}
      role="status"
      data-testid={props.gap ? 'playback-gap' : 'playback-notice'}
    >
      <strong>{props.text}</strong>
      {props.children}
    </div>
  );
}

function TimelineNotes(props: { timeline: ReturnType<typeof useTimeline>['timeline']; failed: Error | null; notice: string | null }) {
  const { timeline, failed, notice } = props;
  const word = useWords(words);
  const { general } = useRefusal(failed);
  const lines = [
    ...(notice === null ? [] : [notice]),
    ...(general === null ? [] : [general]),
    ...(timeline && timeline.spans.length === 0 && timeline.gaps.length === 0 ? [word.never] : []),
    ...(timeline?.watchable ? [word.onlyIncidents] : []),
  ];
  return (
    <div className="playback-notes">
      {lines.map((line) => (
        <p key={line} className="message" role="status">
          {line}
        </p>
      ))}
      <p className="hint playback-legend">
        <span className="legend-recorded">{word.legend.recorded}</span> <span className="legend-motion">{word.legend.motion}</span>{' '}
        <span className="legend-gap">{word.legend.gap}</span> <span className="legend-bookmark">▲ {word.legend.bookmark}</span>{' '}
        <span className="legend-locked">{word.legend.locked}</span> · {word.timelineHint}
      </p>
      <p className="hint">{word.keysHint}</p>
    </div>
  );
}
