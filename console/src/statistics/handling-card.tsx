import { useTypeName } from '../alerts/alert-title.js';
import { duration, number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { StatisticCard } from './statistic-card.js';
import { type Asked, useStatistics } from './use-statistics.js';
import { words } from './words.js';

/** How long alerts took until each step: all of them, then type by type. */
export function HandlingCard({ asked }: { asked: Asked }) {
  const text = useWords(words);
  const { language } = useText();
  const typeName = useTypeName();
  const { handling } = useStatistics(asked);
  return (
    <StatisticCard
      table="handling"
      title={text.handling.title}
      asked={asked}
      result={handling}
      isEmpty={({ rows }) => rows.length === 0}
      empty={text.handling.empty}
    >
      {({ rows }) => (
        <div className="statistic-scroll">
          <table className="numbers">
            <thead>
              <tr>
                <th />
                <th />
                <th>{text.handling.count}</th>
                <th>{text.handling.median}</th>
                <th>{text.handling.p95}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ type, to, count, medianMs, p95Ms }, index) => (
                <tr key={`${type} ${to}`} className={type === null ? 'row-total' : undefined}>
                  <th scope="row">{index > 0 && rows[index - 1]?.type === type ? '' : type === null ? text.total : typeName(type)}</th>
                  <td className="cell-text">{text.handling.to[to]}</td>
                  <td>{number(count, language, 0)}</td>
                  <td>{duration(medianMs, language)}</td>
                  <td>{duration(p95Ms, language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </StatisticCard>
  );
}
