import { useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import { problemInWords, refusalOf } from '../refusals/refusal.js';
import { number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import type { CameraDraft } from './camera-draft.js';
import { cameraWords } from './words.js';

type Body = { url: string; transport: CameraDraft['transport']; username: string; password: string; cameraId: string | null };
type Result = Awaited<ReturnType<typeof testCamera>>;

/** A keyframe further from the next than this makes analysis and playback slow, ms (exclusive). */
const LONG_GOP_MS = 2500;

function testCamera({ url, transport, username, password, cameraId }: Body) {
  const credentials = username === '' ? {} : { credentials: { username, password } };
  const stored = cameraId === null ? {} : { cameraId };
  return answerOf(api.POST('/api/v1/cameras/test', { body: { ...stored, source: { url: url.trim(), transport }, ...credentials } }));
}

/** Connects to what is typed and shows its picture, or says what is wrong; saves nothing. */
export function TryCamera({ draft, cameraId }: { draft: CameraDraft; cameraId: string | null }) {
  const words = useWords(cameraWords);
  const [running, setRunning] = useState(false);
  const [result, setResult] = useState<Result | ApiError | null>(null);

  async function run(url: string): Promise<void> {
    setRunning(true);
    setResult(null);
    const { transport, username, password } = draft;
    setResult(await testCamera({ url, transport, username, password, cameraId }).catch((error: unknown) => error as ApiError));
    setRunning(false);
  }

  return (
    <section className="card try-camera">
      <p className="hint">{words.testHint}</p>
      <div className="buttons">
        <button
          type="button"
          className="button"
          disabled={running || draft.url === ''}
          data-testid="camera-test"
          onClick={() => void run(draft.url)}
        >
          {words.test}
        </button>
        {draft.detectUrl !== '' && (
          <button type="button" className="button" disabled={running} onClick={() => void run(draft.detectUrl)}>
            {words.testSub}
          </button>
        )}
      </div>
      <div role="status">
        {running && <p>{words.testing}</p>}
        {result && <TestResult result={result} />}
      </div>
    </section>
  );
}

function TestResult({ result }: { result: Result | ApiError }) {
  const words = useWords(cameraWords);
  const { language } = useText();
  if (result instanceof ApiError) {
    return <p className="message message-error">{refusalOf(result, language).general}</p>;
  }
  if (!result.ok) {
    return (
      <p className="message message-error" data-testid="camera-test-problem" data-code={result.problem.code}>
        {problemInWords(result.problem, language)} <span className="code">{result.problem.code}</span>
      </p>
    );
  }
  const gop = result.gopMs === null ? words.gopUnknown : `${number(result.gopMs / 1000, language)} s`;
  const facts = {
    codec: result.family === 'h264' ? 'H.264' : 'H.265',
    size: `${result.widthPx} × ${result.heightPx}`,
    fps: result.fps === null ? '?' : number(result.fps, language),
    gop,
  };
  return (
    <figure data-testid="camera-test-good">
      <figcaption>
        <strong className="test-good">✓ {words.testGood}</strong> {words.testFacts(facts)}
        {(result.gopMs === null || result.gopMs > LONG_GOP_MS) && <p className="hint">{words.testGopLong}</p>}
      </figcaption>
      <img className="reference-picture" src={`data:image/jpeg;base64,${result.jpegBase64}`} alt={words.pictureOf} />
    </figure>
  );
}
