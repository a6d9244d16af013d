import type { ReactNode } from 'react';
import type { CameraView } from '../api/types.js';
import { problemInWords } from '../refusals/refusal.js';
import { useCameraState } from '../session/streams.js';
import { useNowMs } from '../shell/ticking.js';
import { bitRate, clockDifference, moment, number } from '../text/format.js';
import { useText } from '../text/language.js';

const SIGNS = { online: '●', connecting: '◐', offline: '✕', disabled: '○' } as const;

/** The state of a camera in figures, as ingest reports it. */
export function CameraFacts({ item }: { item: CameraView }) {
  const { text, language } = useText();
  const nowMs = useNowMs();
  const { camera } = item;
  const state = useCameraState(camera.id, item.status);
  const problems = [state?.problem, state?.detectStream?.problem, state?.recording?.problem].filter((one) => one !== undefined);
  const missing = <span className="hint">{text.unknown}</span>;
  const facts: [string, ReactNode][] = [
    [text.newest, state?.newestPictureMs ? moment(state.newestPictureMs, nowMs, language) : missing],
    [text.codec, state?.codec ?? missing],
    [text.size, state?.widthPx && state.heightPx ? `${state.widthPx} × ${state.heightPx}` : missing],
    [text.detectionRate, state ? `${number(state.achievedFps, language)} ${text.perSecond} (${camera.detection.modelId})` : missing],
    [text.bitRate, state ? bitRate(state.bitrateBps, language) : missing],
    [text.reconnects, state ? number(state.reconnects, language, 0) : missing],
    [
      text.damagedPictures,
      state?.damagedPictures
        ? text.damagedOf(number(state.damagedPictures.damaged, language, 0), number(state.damagedPictures.decoded, language, 0))
        : missing,
    ],
    [
      text.clockOffset,
      state?.cameraClockOffsetMs === undefined
        ? missing
        : `${clockDifference(state.cameraClockOffsetMs, language)} ${text.clockOffsetExplained}`,
    ],
    ...(camera.source.detectUrl === undefined
      ? []
      : [[text.formDetectUrl, state?.detectStream ? text.cameraState[state.detectStream.state] : missing] satisfies [string, ReactNode]]),
    ...(state?.recording ? [[text.formRecording, text.recordingState[state.recording.state]] satisfies [string, ReactNode]] : []),
    [text.address, <span className="code" key="address">{`${camera.source.url} (${camera.source.transport.toUpperCase()})`}</span>],
  ];
  return (
    <section className="card">
      <header className="card-head">
        <h2>{text.facts}</h2>
        {state && (
          <span className={`chip camera-${state.state}`} data-testid="camera-state" data-state={state.state}>
            {SIGNS[state.state]} {text.cameraState[state.state]}
          </span>
        )}
      </header>
      {problems.map((problem) => (
        <p key={problem.code} className="message message-error">
          {problemInWords(problem, language)}
        </p>
      ))}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
