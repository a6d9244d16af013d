import { useTypeName } from '../alerts/alert-title.js';
import { percent } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { StatisticCard } from './statistic-card.js';
import { type Asked, type FalseAlarmRow, useStatistics } from './use-statistics.js';
import { words } from './words.js';

/** A share as a bar, with its interval as a whisker over it, and in words. */
function ShareBar({ share }: { share: NonNullable<FalseAlarmRow['share']> }) {
  const { language } = useText();
  const { value, low, high } = share;
  const inWords = `${percent(value, language)} (${percent(low, language)}–${percent(high, language)})`;
  return (
    <div className="share">
      <div className="share-bar" aria-hidden="true">
        <i className="share-value" style={{ width: `${100 * value}%` }} />
        <i className="share-interval" style={{ left: `${100 * low}%`, width: `${100 * (high - low)}%` }} />
      </div>
      <span>{inWords}</span>
    </div>
  );
}

/** False alarms of each rule among those judged: never a share without what it is of. */
export function FalseAlarmsCard({ asked }: { asked: Asked }) {
  const text = useWords(words);
  const typeName = useTypeName();
  const { falseAlarms } = useStatistics(asked);
  return (
    <StatisticCard
      table="false-alarms"
      title={text.falseAlarms.title}
      asked={asked}
      result={falseAlarms}
      isEmpty={({ rows }) => rows.length === 0}
      empty={text.falseAlarms.empty}
    >
      {({ rows }) => (
        <div className="statistic-scroll">
          <table className="bars">
            <thead>
              <tr>
                <th>{text.falseAlarms.rule}</th>
                <th>{text.falseAlarms.raised}</th>
                <th>{text.falseAlarms.share}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.cameraId} ${row.ruleId} ${row.type}`}>
                  <th scope="row">
                    {row.ruleName ?? (row.type && typeName(row.type))}
                    <small>
                      {row.type && typeName(row.type)} · {row.cameraName}
                    </small>
                  </th>
                  <td className="bar-value">{row.alerts}</td>
                  <td className="bar-cell">
                    {row.share ? <ShareBar share={row.share} /> : null}
                    <small>{row.share ? text.falseAlarms.judged(row.falseAlarms, row.judged) : text.falseAlarms.notJudged}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </StatisticCard>
  );
}
