import type { Severity } from '../api/types.js';
import { useText } from '../text/language.js';

const SHAPES: Record<Severity, string> = {
  critical: 'M5.3 1h5.4L15 5.3v5.4L10.7 15H5.3L1 10.700V5.3z',
  high: 'M8 1.5 15.3 14.5H.7z',
  medium: 'M8 .8 15.2 8 8 15.2.8 8z',
  low: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z',
};

/** Severity as a shape of its own (not colour alone): octagon, triangle, diamond, disc. */
export function SeverityIcon({ severity, size = 14 }: { severity: Severity; size?: number }) {
  const { text } = useText();
  return (
    <svg
      className={`severity-icon severity-${severity}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      role="img"
      aria-label={text.severity[severity]}
    >
      <title>{text.severity[severity]}</title>
      <path d={SHAPES[severity]} fill="currentColor" />
      {(severity === 'critical' || severity === 'high') && <path d="M8 5v4.6M8 11.2v1.6" stroke="#0b0f14" strokeWidth="1.7" />}
    </svg>
  );
}
