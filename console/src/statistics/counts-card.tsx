import { useMeta } from '../session/meta.js';
import { number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { isPartlyWatched, seriesOf, sum } from './figures.js';
import { StatisticCard } from './statistic-card.js';
import { TimeChart } from './time-chart.js';
import { type Asked, useStatistics } from './use-statistics.js';
import { words } from './words.js';

/** What went over lines: a line for each class over time, and the totals each way. */
export function CountsCard({ asked, nowMs }: { asked: Asked; nowMs: number }) {
  const text = useWords(words);
  const { pick, language } = useText();
  const { classes } = useMeta();
  const nameOf = (id: string) => {
    const known = classes.find((one) => one.id === id);
    return known ? pick(known.name) : id;
  };
  const { counts } = useStatistics(asked);
  return (
    <StatisticCard
      table="counts"
      title={text.counts.title}
      asked={asked}
      result={counts}
      isEmpty={({ rows }) => rows.length === 0}
      empty={text.counts.empty}
    >
      {(data) => (
        <>
          <TimeChart atMs={data.steps.map(({ fromMs }) => fromMs)} series={seriesOf(data, nameOf)} label={text.counts.title} />
          {isPartlyWatched(data, nowMs) && <p className="hint">⚠ {text.counts.unwatched}</p>}
          <table className="numbers">
            <thead>
              <tr>
                <th />
                <th>{text.counts.left}</th>
                <th>{text.counts.right}</th>
                <th>{text.total}</th>
              </tr>
            </thead>
            <tbody>
              {[...new Set(data.rows.map((row) => row.class))].map((id) => {
                const own = data.rows.filter((row) => row.class === id);
                const way = (direction: string) => number(sum(own.filter((row) => row.direction === direction)), language, 0);
                return (
                  <tr key={id}>
                    <th scope="row">{nameOf(id)}</th>
                    <td>{way('left')}</td>
                    <td>{way('right')}</td>
                    <td>{number(sum(own), language, 0)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
    </StatisticCard>
  );
}
