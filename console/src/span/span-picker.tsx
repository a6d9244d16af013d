import { defineWords, useWords } from '../text/words.js';
import { localTime, RANGES, type Range, rangeOf, spanOf } from './span.js';

const words = defineWords({
  vi: {
    time: 'Thời gian',
    from: 'Từ',
    to: 'Đến',
    ranges: {
      today: 'Hôm nay',
      yesterday: 'Hôm qua',
      '7-days': '7 ngày qua',
      '30-days': '30 ngày qua',
      custom: 'Chọn khoảng…',
    } satisfies Record<Range, string>,
  },
  en: {
    time: 'Time',
    from: 'From',
    to: 'To',
    ranges: { today: 'Today', yesterday: 'Yesterday', '7-days': 'Last 7 days', '30-days': 'Last 30 days', custom: 'Choose…' },
  },
});

interface SpanPickerProps {
  query: URLSearchParams;
  nowMs: number;
  fallback?: Range;
  /** Sets parameters of the query; null takes one away. */
  onChange: (changes: Record<string, string | null>) => void;
}

/** Picks a stretch of time by name or by two moments, kept in the query of the address. */
export function SpanPicker({ query, nowMs, fallback, onChange }: SpanPickerProps) {
  const text = useWords(words);
  const range = rangeOf(query, fallback);
  const span = spanOf(query, nowMs);
  const choose = (next: Range) =>
    onChange(
      next === 'custom' ? { range: next, from: localTime(span.fromMs), to: localTime(span.toMs) } : { range: next, from: null, to: null },
    );
  return (
    <>
      <label className="field">
        {text.time}
        <select data-testid="range" value={range} onChange={(event) => choose(event.target.value as Range)}>
          {RANGES.map((one) => (
            <option key={one} value={one}>
              {text.ranges[one]}
            </option>
          ))}
        </select>
      </label>
      {range === 'custom' && (
        <>
          <label className="field">
            {text.from}
            <input type="datetime-local" value={localTime(span.fromMs)} onChange={(event) => onChange({ from: event.target.value })} />
          </label>
          <label className="field">
            {text.to}
            <input type="datetime-local" value={localTime(span.toMs)} onChange={(event) => onChange({ to: event.target.value })} />
          </label>
        </>
      )}
    </>
  );
}
