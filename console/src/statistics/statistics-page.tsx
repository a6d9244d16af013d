import { useCameras } from '../api/queries.js';
import { useSession } from '../session/session.js';
import { useNowMs } from '../shell/ticking.js';
import { spanOf } from '../span/span.js';
import { SpanPicker } from '../span/span-picker.js';
import { useAddress } from '../span/use-address.js';
import { useWords } from '../text/words.js';
import { CountsCard } from './counts-card.js';
import { FalseAlarmsCard } from './false-alarms-card.js';
import { HandlingCard } from './handling-card.js';
import { OutcomesCard } from './outcomes-card.js';
import { UptimeCard } from './uptime-card.js';
import type { Asked, Interval } from './use-statistics.js';
import { words } from './words.js';

const INTERVALS: Interval[] = ['hour', 'day', 'week'];
/** A stretch up to this long is shown by the hour. */
const BY_HOUR_MS = 2 * 86_400_000;

/** Figures for a chief: what passed, what was raised and how it ended, how fast, how often falsely, and which cameras were there. */
export function StatisticsPage() {
  const text = useWords(words);
  const { session } = useSession();
  const { cameras } = useCameras();
  const nowMs = Math.floor(useNowMs() / 60_000) * 60_000;
  const { query, change } = useAddress();
  const span = spanOf(query, nowMs);
  const interval = INTERVALS.find((one) => one === query.get('interval')) ?? (span.toMs - span.fromMs <= BY_HOUR_MS ? 'hour' : 'day');
  // In a demonstration everything is a recording: without them the page would be bare.
  const simulated = query.has('simulated') ? query.get('simulated') === '1' : session.demo;
  const cameraId = query.get('camera');
  const asked: Asked = { ...span, interval, ...(cameraId ? { cameraId } : {}), ...(simulated ? { simulated } : {}) };
  return (
    <article className="page statistics-page" data-testid="statistics-page">
      <header className="page-head">
        <div className="page-title">
          <h1>{text.title}</h1>
          <p>{text.intro}</p>
        </div>
      </header>
      <form className="filter-row" onSubmit={(event) => event.preventDefault()}>
        <SpanPicker query={query} nowMs={nowMs} onChange={change} />
        <label className="field">
          {text.interval}
          <select data-testid="interval" value={interval} onChange={(event) => change({ interval: event.target.value })}>
            {INTERVALS.map((one) => (
              <option key={one} value={one}>
                {text.intervals[one]}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          {text.camera}
          <select value={cameraId ?? ''} onChange={(event) => change({ camera: event.target.value })}>
            <option value="">{text.allCameras}</option>
            {cameras.map(({ camera }) => (
              <option key={camera.id} value={camera.id}>
                {camera.name}
              </option>
            ))}
          </select>
        </label>
        <label className="check">
          <input
            type="checkbox"
            data-testid="simulated"
            checked={simulated}
            onChange={(event) => change({ simulated: event.target.checked ? '1' : '0' })}
          />
          {text.simulated}
        </label>
      </form>
      <CountsCard asked={asked} nowMs={nowMs} />
      <OutcomesCard asked={asked} />
      <HandlingCard asked={asked} />
      <FalseAlarmsCard asked={asked} />
      <UptimeCard asked={asked} />
    </article>
  );
}
