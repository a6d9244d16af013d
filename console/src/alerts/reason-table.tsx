import type { Alert } from '../api/types.js';
import { useText } from '../text/language.js';
import { measureName, measureThreshold, measureValue } from '../text/measures.js';

/** Why it fired: the sentence, and the numbers behind it. */
export function ReasonTable({ reason }: { reason: Alert['reason'] }) {
  const { text, language, pick } = useText();
  return (
    <section className="card">
      <h2>{text.why}</h2>
      <p className="reason" data-testid="alert-reason">
        {pick(reason.text)}
      </p>
      {reason.measures.length > 0 && (
        <table className="numbers">
          <thead>
            <tr>
              <th scope="col">{text.measure}</th>
              <th scope="col">{text.measured}</th>
              <th scope="col">{text.threshold}</th>
            </tr>
          </thead>
          <tbody>
            {reason.measures.map((measure) => (
              <tr key={measure.name} title={measure.name}>
                <th scope="row">{measureName(measure.name, language)}</th>
                <td>{measureValue(measure.name, measure.value, language)}</td>
                <td>{measureThreshold(measure, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
