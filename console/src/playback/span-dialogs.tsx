import { type FormEvent, type ReactNode, useState } from 'react';
import { answerOf, api } from '../api/client.js';
import { serverClock } from '../api/server-clock.js';
import { Refused } from '../refusals/refused.js';
import { Dialog } from '../shell/dialog.js';
import { duration, moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { words } from './words.js';

/** A stretch of a camera's recording, epoch ms. */
export interface Span {
  fromMs: number;
  toMs: number;
}

const DAY_MS = 86_400_000;
const LOCK_DAYS = [30, 90, 365];

interface DialogProps {
  cameraId: string;
  onLeave: () => void;
  /** It was done. */
  onDone: () => void;
}

/** A form in a dialog: sends, then leaves or says why it could not. */
function AskDialog(props: {
  title: string;
  hint: string;
  send: string;
  ready: boolean;
  act: () => Promise<string | null>;
  onLeave: () => void;
  children: ReactNode;
}) {
  const { title, hint, send, ready, act, onLeave } = props;
  const word = useWords(words);
  const [state, setState] = useState<{ busy: boolean; problem: unknown; done: string | null }>({ busy: false, problem: null, done: null });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || state.busy) return;
    setState({ busy: true, problem: null, done: null });
    try {
      const done = await act();
      setState({ busy: false, problem: null, done });
      if (done === null) onLeave();
    } catch (problem) {
      setState({ busy: false, problem, done: null });
    }
  };
  return (
    <Dialog label={title} onLeave={onLeave}>
      <form className="playback-form" onSubmit={(event) => void submit(event)}>
        <h1>{title}</h1>
        <p className="hint">{hint}</p>
        {props.children}
        <Refused error={state.problem} />
        {state.done !== null && (
          <p className="message message-info" role="status" data-testid="dialog-done">
            {state.done}
          </p>
        )}
        <div className="buttons">
          <button type="submit" className="button button-primary" disabled={!ready || state.busy} data-testid="dialog-send">
            {state.busy ? word.downloading : send}
          </button>
          <button type="button" className="button" onClick={onLeave}>
            {state.done === null ? word.cancel : word.close}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function useSpanWords(): (span: Span) => string {
  const { language } = useText();
  return ({ fromMs, toMs }) => {
    const nowMs = serverClock.nowMs();
    return `${moment(fromMs, nowMs, language)} – ${moment(toMs, nowMs, language)} (${duration(toMs - fromMs, language)})`;
  };
}

function ReasonField(props: { value: string; onChange: (value: string) => void }) {
  const word = useWords(words);
  return (
    <label className="field">
      {word.reason}
      <input value={props.value} maxLength={500} data-testid="dialog-reason" onChange={(event) => props.onChange(event.target.value)} />
    </label>
  );
}

function save(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

/** Downloads a stretch as one file. */
export function DownloadDialog({ cameraId, span, onLeave, onDone }: DialogProps & { span: Span }) {
  const word = useWords(words);
  const spanWords = useSpanWords();
  const [reason, setReason] = useState('');
  const act = async () => {
    const body = { fromMs: Math.round(span.fromMs), toMs: Math.round(span.toMs), reason: reason.trim() };
    const call = api.POST('/api/v1/cameras/{cameraId}/recording/export', { params: { path: { cameraId } }, body, parseAs: 'blob' });
    const bytes = (await answerOf<unknown>(call)) as Blob;
    const { headers } = (await call).response;
    save(bytes, /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? `${cameraId}.mp4`);
    onDone();
    const [hash, missing] = [headers.get('x-sha256') ?? '', headers.get('x-missing')];
    return missing === null ? word.downloaded(hash) : word.downloadedWithout(hash, missing);
  };
  return (
    <AskDialog
      title={word.downloadTitle}
      hint={word.downloadHint}
      send={word.download}
      ready={reason.trim().length >= 3}
      act={act}
      onLeave={onLeave}
    >
      <p>{spanWords(span)}</p>
      <ReasonField value={reason} onChange={setReason} />
    </AskDialog>
  );
}

/** Keeps a stretch from being deleted. */
export function LockDialog({ cameraId, span, onLeave, onDone }: DialogProps & { span: Span }) {
  const word = useWords(words);
  const spanWords = useSpanWords();
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(LOCK_DAYS[0] ?? 0);
  const act = async () => {
    const range = { fromMs: Math.round(span.fromMs), toMs: Math.round(span.toMs) };
    const body = { ...range, reason: reason.trim(), ...(days === 0 ? {} : { untilMs: Math.round(serverClock.nowMs()) + days * DAY_MS }) };
    await answerOf(api.POST('/api/v1/cameras/{cameraId}/recording/locks', { params: { path: { cameraId } }, body }));
    onDone();
    return null;
  };
  return (
    <AskDialog title={word.lockTitle} hint={spanWords(span)} send={word.lock} ready={reason.trim().length >= 3} act={act} onLeave={onLeave}>
      <ReasonField value={reason} onChange={setReason} />
      <label className="field">
        {word.until}
        <select value={days} data-testid="lock-days" onChange={(event) => setDays(Number(event.target.value))}>
          {LOCK_DAYS.map((count) => (
            <option key={count} value={count}>
              {word.days(count)}
            </option>
          ))}
          <option value={0}>{word.untilForever}</option>
        </select>
      </label>
    </AskDialog>
  );
}

/** Marks the moment that is shown. */
export function BookmarkDialog({ cameraId, atMs, onLeave, onDone }: DialogProps & { atMs: number }) {
  const { language } = useText();
  const word = useWords(words);
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const act = async () => {
    const body = { atMs: Math.round(atMs), name: name.trim(), ...(note.trim() === '' ? {} : { note: note.trim() }) };
    await answerOf(api.POST('/api/v1/cameras/{cameraId}/bookmarks', { params: { path: { cameraId } }, body }));
    onDone();
    return null;
  };
  const hint = moment(atMs, serverClock.nowMs(), language);
  return (
    <AskDialog title={word.bookmarkTitle} hint={hint} send={word.save} ready={name.trim() !== ''} act={act} onLeave={onLeave}>
      <label className="field">
        {word.name}
        <input value={name} maxLength={100} data-testid="bookmark-name" onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="field">
        {word.note}
        <input value={note} maxLength={1000} onChange={(event) => setNote(event.target.value)} />
      </label>
    </AskDialog>
  );
}
