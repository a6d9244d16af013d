import { useTypeName } from '../alerts/alert-title.js';
import { number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { byType, STATES } from './figures.js';
import { StatisticCard } from './statistic-card.js';
import { type Asked, useStatistics } from './use-statistics.js';
import { words } from './words.js';

/** Alerts by type, each a bar of its outcomes. */
export function OutcomesCard({ asked }: { asked: Asked }) {
  const own = useWords(words);
  const { text, language } = useText();
  const typeName = useTypeName();
  const { outcomes } = useStatistics(asked);
  return (
    <StatisticCard
      table="outcomes"
      title={own.outcomes.title}
      asked={asked}
      result={outcomes}
      isEmpty={({ rows }) => rows.length === 0}
      empty={own.outcomes.empty}
    >
      {({ rows }) => {
        const types = byType(rows);
        const most = types[0]?.total ?? 1;
        return (
          <>
            <ul className="outcome-legend">
              {STATES.map((state) => (
                <li key={state}>
                  <i className={`outcome outcome-${state}`} /> {text.state[state]}
                </li>
              ))}
            </ul>
            <table className="bars">
              <tbody>
                {types.map(({ type, total, states }) => (
                  <tr key={type}>
                    <th scope="row">{typeName(type)}</th>
                    <td className="bar-cell">
                      <div className="bar" style={{ width: `${(100 * total) / most}%` }}>
                        {states.map(({ state, count }) => (
                          <i
                            key={state}
                            className={`outcome outcome-${state}`}
                            style={{ flexGrow: count }}
                            title={`${text.state[state]}: ${number(count, language, 0)}`}
                          />
                        ))}
                      </div>
                      <span className="visually-hidden">
                        {states.map(({ state, count }) => `${text.state[state]}: ${count}`).join(', ')}
                      </span>
                    </td>
                    <td className="bar-value">{number(total, language, 0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        );
      }}
    </StatisticCard>
  );
}
