import type { Provision, ReviewCase } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { dateOf, number, percent, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { measureName, measureThreshold, measureValue } from '../text/measures.js';

/** Where, when, by which numbers. */
export function ReviewFacts({ shown }: { shown: ReviewCase }) {
  const { text, language, pick } = useText();
  const { classes } = useMeta();
  const vehicle = classes.find(({ id }) => id === shown.class);
  return (
    <section className="card">
      <dl className="facts">
        <dt>{text.place}</dt>
        <dd>{shown.place ?? shown.cameraName}</dd>
        <dt>{text.camera}</dt>
        <dd>{shown.cameraName}</dd>
        <dt>{text.happenedAt}</dt>
        <dd>
          {dateOf(shown.violationAtMs, language)} {timeOfDay(shown.violationAtMs, language)}
        </dd>
        <dt>{text.reviewVehicle}</dt>
        <dd>{vehicle ? pick(vehicle.name) : (shown.class ?? text.unknown)}</dd>
        <dt>{text.confidence}</dt>
        <dd>{percent(shown.confidence, language)}</dd>
      </dl>
      <p className="reason">{pick(shown.reason.text)}</p>
      <table className="numbers">
        <tbody>
          {shown.reason.measures.map((measure) => (
            <tr key={measure.name}>
              <th scope="row">{measureName(measure.name, language)}</th>
              <td>{measureValue(measure.name, measure.value, language)}</td>
              <td>{measureThreshold(measure, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What keeps the case from being confirmed: first what nobody can mend. */
export function ReviewBars({ shown }: { shown: ReviewCase }) {
  const { text, pick } = useText();
  if (shown.bars.length === 0) return <p className="review-clear">✓ {text.reviewMayConfirm}</p>;
  const barred = shown.bars.some(({ mendable }) => !mendable);
  return (
    <section className={barred ? 'review-bars review-barred' : 'review-bars'} data-testid="review-bars">
      <h2>{barred ? text.reviewBarred : text.reviewNeeds}</h2>
      <ul>
        {shown.bars.map((bar) => (
          <li key={bar.text.vi}>
            {bar.mendable ? '✎' : '✕'} {pick(bar.text)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `6.9.b`, as officers speak of it. */
const shortOf = ({ article, clause, point }: Provision) => `${article}.${clause}${point && `.${point}`}`;

/** The provision that a confirmation rests on; a choice where the camera cannot tell the act. */
export function ReviewLaw(props: { shown: ReviewCase; chosenId: string | null; onChoose: (id: string) => void }) {
  const { text, language, pick } = useText();
  const { candidates } = props.shown.law;
  const chosen = candidates.find(({ id }) => id === props.chosenId);
  return (
    <section className="card review-law">
      <h2>
        {text.reviewLaw} {chosen && chosen.approval === null && <span className="review-draft">{text.reviewDraft}</span>}
      </h2>
      {candidates.length > 1 && (
        <select
          id="review-law"
          value={props.chosenId ?? ''}
          onChange={(event) => props.onChoose(event.target.value)}
          aria-label={text.reviewLaw}
        >
          <option value="" disabled>
            {text.reviewChooseAct}
          </option>
          {candidates.map((one) => (
            <option key={one.id} value={one.id}>
              {shortOf(one)} · {pick(one.act)}
            </option>
          ))}
        </select>
      )}
      {chosen && (
        <>
          <p>{pick(chosen.act)}</p>
          <p className="hint">{text.reviewProvision(shortOf(chosen), pick(chosen.document))}</p>
          <p>
            {number(chosen.fineMinVnd / 1e6, language)}–{number(chosen.fineMaxVnd / 1e6, language)} {text.reviewMillion}
            {chosen.licencePoints !== null && ` · −${chosen.licencePoints} ${text.reviewPoints}`}
          </p>
          {chosen.note && <p className="review-note">{pick(chosen.note)}</p>}
        </>
      )}
    </section>
  );
}
