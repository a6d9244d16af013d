import { dateOf, duration, number, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { perCamera } from './figures.js';
import { StatisticCard } from './statistic-card.js';
import { type Asked, type UptimeRow, useStatistics } from './use-statistics.js';
import { words } from './words.js';

function Strip({ steps }: { steps: readonly UptimeRow[] }) {
  const { language } = useText();
  const text = useWords(words).uptime;
  return (
    <div className="strip">
      {steps.map(({ fromMs, upMs, downMs, disabledMs, unknownMs }) => (
        <div
          key={fromMs}
          className="strip-step"
          title={`${dateOf(fromMs, language)} ${timeOfDay(fromMs, language)}: ${text.share} ${duration(upMs, language)}, ${text.down} ${duration(downMs, language)}, ${text.unknown} ${duration(unknownMs, language)}`}
        >
          <i className="strip-up" style={{ flexGrow: upMs }} />
          <i className="strip-down" style={{ flexGrow: downMs }} />
          <i className="strip-disabled" style={{ flexGrow: disabledMs }} />
          <i className="strip-unknown" style={{ flexGrow: unknownMs }} />
        </div>
      ))}
    </div>
  );
}

/** How long each camera was there. What nobody told is shown, and no part of the share. */
export function UptimeCard({ asked }: { asked: Asked }) {
  const text = useWords(words);
  const { language } = useText();
  const { uptime } = useStatistics(asked);
  return (
    <StatisticCard
      table="uptime"
      title={text.uptime.title}
      asked={asked}
      result={uptime}
      isEmpty={({ rows }) => rows.length === 0}
      empty={text.uptime.empty}
    >
      {({ rows }) => (
        <>
          <p className="hint">{text.uptime.legend}</p>
          <div className="statistic-scroll">
            <table className="bars">
              <thead>
                <tr>
                  <th>{text.camera}</th>
                  <th>{text.uptime.share}</th>
                  <th>{text.uptime.down}</th>
                  <th>{text.uptime.unknown}</th>
                  <th>{text.uptime.strip}</th>
                </tr>
              </thead>
              <tbody>
                {perCamera(rows).map(({ cameraId, name, share, downMs, unknownMs, steps }) => (
                  <tr key={cameraId}>
                    <th scope="row">{name}</th>
                    <td className="bar-value">{share === null ? '–' : `${number(100 * share, language, 2)} %`}</td>
                    <td className="bar-value">{duration(downMs, language)}</td>
                    <td className="bar-value">{duration(unknownMs, language)}</td>
                    <td className="bar-cell">
                      <Strip steps={steps} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </StatisticCard>
  );
}
