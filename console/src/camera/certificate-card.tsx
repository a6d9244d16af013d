import type { CameraView } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { useWords } from '../text/words.js';
import { daysLeft } from './certificate-days.js';
import { cameraWords } from './words.js';

/** A day such as 2026-03-31 as people write it here. */
const written = (day: string) => day.split('-').reverse().join('/');

/** The calibration certificate, and a warning when it is about to end, has ended, or is missing where speeding is watched. */
export function CertificateCard({ item }: { item: CameraView }) {
  const words = useWords(cameraWords);
  const nowMs = useNowMs();
  const { certificate, rules } = item.camera;
  const measures = rules.some(({ type }) => type === 'speeding');
  if (!certificate) {
    if (!measures) return null;
    return (
      <section className="card" data-testid="certificate-card" data-state="absent">
        <h2>{words.certificateTitle}</h2>
        <p className="message message-error">{words.certificateAbsent}</p>
      </section>
    );
  }
  const { number, issuer, issuedOn, validUntil, fileSha256 } = certificate;
  const state = item.certificate;
  const facts: [string, string][] = [
    [words.certificateNumber, number],
    [words.certificateIssuer, issuer],
    [words.certificateIssuedOn, written(issuedOn)],
    [words.certificateValidUntil, written(validUntil)],
    ...(fileSha256 ? [[words.certificateFile, fileSha256] satisfies [string, string]] : []),
  ];
  return (
    <section className="card" data-testid="certificate-card" data-state={state}>
      <header className="card-head">
        <h2>{words.certificateTitle}</h2>
        <span className={`chip certificate-${state}`}>{words.certificateStates[state]}</span>
      </header>
      {state === 'expiring' && <p className="message message-warning">{words.certificateExpiring(daysLeft(validUntil, nowMs))}</p>}
      {state === 'expired' && <p className="message message-error">{words.certificateExpired(written(validUntil))}</p>}
      {state === 'not-yet' && <p className="message message-error">{words.certificateNotYet(written(issuedOn))}</p>}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="breaks">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
