import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { dayAndMonth, hourAndMinute, number } from '../text/format.js';
import { type Language, useText } from '../text/language.js';
import 'uplot/dist/uPlot.min.css';

const ZONE = 'Asia/Ho_Chi_Minh';
const HEIGHT_PX = 230;
/** Told apart on the dark ground, and by people who see colours otherwise (Okabe and Ito 2008). */
const COLOURS = ['#56b4e9', '#e69f00', '#2fbf8f', '#f0e442', '#cc79a7', '#d55e00', '#b8c4d0', '#8f9bff'];
const AXIS = { stroke: '#93a2b3', grid: { stroke: '#222d39', width: 1 }, ticks: { stroke: '#222d39', width: 1 } };

/** One line of the chart. */
export interface Series {
  label: string;
  /** One value for each moment; null where there is none. */
  values: (number | null)[];
}

/** Time of day, or the day where it begins. */
function timeLabel(atMs: number, language: Language): string {
  const time = hourAndMinute(atMs, language);
  return time === '00:00' ? dayAndMonth(atMs, language) : time;
}

/** Values over time, a line for each series, in colours of a fixed order; the legend shows what the pointer is at. */
export function TimeChart({ atMs, series, label }: { atMs: readonly number[]; series: readonly Series[]; label: string }) {
  const { language } = useText();
  const place = useRef<HTMLDivElement>(null);
  const shown = JSON.stringify([atMs, series]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const [times, lines] = JSON.parse(shown) as [number[], Series[]];
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
        axes: [
          { ...AXIS, values: (_chart, splits) => splits.map((seconds) => timeLabel(seconds * 1000, language)) },
          { ...AXIS, size: 56, values: (_chart, splits) => splits.map((value) => number(value, language, 0)) },
        ],
        scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.05)] } },
        series: [
          {
            label: language === 'vi' ? 'Lúc' : 'At',
            value: (_chart, seconds) =>
              seconds == null ? '' : `${dayAndMonth(seconds * 1000, language)} ${hourAndMinute(seconds * 1000, language)}`,
          },
          ...lines.map(({ label: name }, index) => ({
            label: name,
            value: (_chart: uPlot, value: number | null) => (value === null ? '–' : number(value, language, 0)),
            stroke: COLOURS[index % COLOURS.length] as string,
            width: 2,
            points: { show: times.length < 60, size: 5 },
          })),
        ],
      },
      [times.map((ms) => ms / 1000), ...lines.map(({ values }) => values)],
      element,
    );
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [shown, language]);
  return <div ref={place} className="time-chart" role="img" aria-label={label} />;
}
