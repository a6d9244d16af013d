import { useText } from '../text/language.js';
import { type CameraDraft, splitAddress, type TextField } from './camera-draft.js';
import { Field, type FieldProps } from './field.js';

/** What only some cameras need: sub-stream, place, recording, tiles, number plates. */
export function CameraFormAdvanced(props: {
  draft: CameraDraft;
  change: (part: Partial<CameraDraft>) => void;
  field: (name: TextField) => Omit<FieldProps, 'label'>;
}) {
  const { draft, change, field } = props;
  const { text } = useText();
  const leaveDetectUrl = () => {
    const { url, ...credentials } = splitAddress(draft.detectUrl);
    change({ detectUrl: url, ...credentials });
  };
  return (
    <>
      <Field label={text.formDetectUrl} hint={text.formDetectUrlHint} {...field('detectUrl')} code onBlur={leaveDetectUrl} />
      <Field label={text.formArea} hint={text.formAreaHint} {...field('area')} code />
      <div className="field-pair">
        <label className="field">
          {text.formRecording}
          <select
            data-testid="camera-recording"
            value={draft.recording}
            onChange={(event) => change({ recording: event.target.value as CameraDraft['recording'] })}
          >
            <option value="off">{text.formRecordingOff}</option>
            <option value="on-alert">{text.formRecordingOnAlert}</option>
            <option value="continuous">{text.formRecordingContinuous}</option>
          </select>
        </label>
        <label className="field">
          {text.formTiles}
          <select
            data-testid="camera-tiles"
            value={draft.tiles}
            onChange={(event) => change({ tiles: event.target.value as CameraDraft['tiles'] })}
          >
            <option value="">{text.formTilesNone}</option>
            <option value="2x1">2 × 1</option>
            <option value="2x2">2 × 2</option>
          </select>
        </label>
      </div>
      <label className="check">
        <input
          type="checkbox"
          data-testid="camera-readsPlates"
          checked={draft.readsPlates}
          onChange={(event) => change({ readsPlates: event.target.checked })}
        />
        {text.formPlates}
      </label>
      {draft.readsPlates && <Field label={text.formCountry} hint={text.formCountryHint} {...field('country')} code />}
    </>
  );
}
