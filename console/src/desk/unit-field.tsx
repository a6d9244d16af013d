import { useText } from '../text/language.js';
import { useOpenUnits } from './units.js';

/** Choice among the own units. */
export function UnitField(props: { label: string; value: string; onChange: (unitId: string) => void; problem?: string | undefined }) {
  const { pick } = useText();
  const units = useOpenUnits();
  return (
    <label className="field">
      {props.label}
      <select data-testid="unit" value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        {units.map(({ id, name }) => (
          <option key={id} value={id}>
            {pick(name)}
          </option>
        ))}
      </select>
      <small className="problem">{props.problem}</small>
    </label>
  );
}
