import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useTypeName } from '../alerts/alert-title.js';
import { serverClock } from '../api/server-clock.js';
import type { Timeline } from '../api/types.js';
import { duration, moment, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { type PaintedTimeline, paintTimeline } from './timeline-paint.js';
import { moved, msAt, type TimeView, zoomed } from './timeline-scale.js';
import { gapReason, words } from './words.js';

const ZOOM = 1.25;
/** Less than this is a click with an unsteady hand. */
const DRAG_FROM_PX = 5;
/** What lies so near to the pointer is told. */
const NEAR_PX = 4;

interface TimelineBarProps {
  timeline: Timeline | null;
  view: TimeView;
  cursorMs: number | null;
  inMs: number | null;
  outMs: number | null;
  onSeek: (ms: number) => void;
  onView: (view: TimeView) => void;
}

/** The words for what lies at a moment. */
function useTold(timeline: Timeline | null): (ms: number, nearMs: number) => string[] {
  const { text, language } = useText();
  const word = useWords(words);
  const typeName = useTypeName();
  return (ms, nearMs) => {
    if (!timeline) return [];
    const holds = (fromMs: number, toMs: number) => ms >= fromMs - nearMs && ms <= toMs + nearMs;
    const alerts = timeline.alerts.filter(({ startMs, endMs }) => holds(startMs, endMs ?? startMs));
    const gap = timeline.gaps.find(({ fromMs, toMs }) => holds(fromMs, toMs));
    return [
      ...alerts
        .slice(0, 4)
        .map(({ type, severity, startMs }) => `${text.severity[severity]}: ${typeName(type)}, ${timeOfDay(startMs, language)}`),
      ...timeline.bookmarks.filter(({ atMs }) => holds(atMs, atMs)).map(({ name, createdBy }) => `▲ ${name} (${createdBy})`),
      ...timeline.locks
        .filter(({ fromMs, toMs }) => holds(fromMs, toMs))
        .map(({ reason, owner }) => `${word.lockedFor}: ${reason} (${owner})`),
      ...(gap ? [`${word.gap} ${duration(gap.toMs - gap.fromMs, language)}: ${gapReason(word, gap)}`] : []),
      ...(!gap && !timeline.spans.some(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs) ? [word.nothingRecorded] : []),
    ];
  };
}

/** The timeline of a camera: click to go there, wheel to zoom, drag to move. */
export function TimelineBar(props: TimelineBarProps) {
  const { timeline, view, cursorMs, inMs, outMs, onSeek, onView } = props;
  const { language } = useText();
  const word = useWords(words);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<{ x: number; ms: number } | null>(null);
  const [widthPx, setWidthPx] = useState(0);
  const drag = useRef<{ x: number; view: TimeView; moving: boolean } | null>(null);
  const told = useTold(timeline);
  const timeText: PaintedTimeline['timeText'] = (ms, stepMs) => timeOfDay(ms, language).slice(0, stepMs < 60_000 ? 8 : 5);
  const hoverMs = hover?.ms ?? null;

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const resized = new ResizeObserver(() => setWidthPx(element.clientWidth));
    resized.observe(element);
    return () => resized.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current && widthPx > 0) paintTimeline(canvas.current, { timeline, view, cursorMs, inMs, outMs, hoverMs, timeText });
  });

  const current = useRef({ view, onView });
  current.current = { view, onView };
  useEffect(() => {
    const element = canvas.current;
    // React listens to wheels passively, which could not keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { view: seen, onView: show } = current.current;
      const about = msAt(event.offsetX, seen, element?.clientWidth || 1);
      show(zoomed(seen, event.deltaY > 0 ? ZOOM : 1 / ZOOM, about, serverClock.nowMs()));
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, []);

  const placeOf = (event: PointerEvent<HTMLCanvasElement>) => event.nativeEvent.offsetX;
  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    const x = placeOf(event);
    setHover({ x, ms: msAt(x, view, widthPx) });
    const dragged = drag.current;
    if (!dragged) return;
    dragged.moving ||= Math.abs(x - dragged.x) > DRAG_FROM_PX;
    const perPx = (dragged.view.toMs - dragged.view.fromMs) / widthPx;
    if (dragged.moving) onView(moved(dragged.view, (dragged.x - x) * perPx, serverClock.nowMs()));
  };
  const release = (event: PointerEvent<HTMLCanvasElement>) => {
    if (drag.current && !drag.current.moving) onSeek(msAt(placeOf(event), view, widthPx));
    drag.current = null;
  };
  const nearMs = (NEAR_PX * (view.toMs - view.fromMs)) / Math.max(1, widthPx);
  return (
    <div className="timeline">
      <canvas
        ref={canvas}
        className="timeline-canvas"
        data-testid="timeline"
        role="img"
        aria-label={word.timelineLabel}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: placeOf(event), view, moving: false };
        }}
        onPointerMove={move}
        onPointerUp={release}
        onPointerLeave={() => setHover(null)}
      />
      {hover && (
        <div className="timeline-told" style={{ left: `clamp(0px, ${hover.x}px, calc(100% - 300px))` }} role="tooltip">
          <strong>{moment(hover.ms, serverClock.nowMs(), language)}</strong>
          {told(hover.ms, nearMs).map((line) => (
            <span key={line}>{line}</span>
          ))}
        </div>
      )}
    </div>
  );
}
