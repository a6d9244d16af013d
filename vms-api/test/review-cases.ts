import { randomUUID } from 'node:crypto';
import type { AlertMessage, Finding } from '@safecity/contracts';
import { addGrant } from '../src/accounts/grants.js';
import { hashPassword } from '../src/accounts/passwords.js';
import type { Role } from '../src/accounts/roles.js';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Sql } from '../src/database/connection.js';
import { EvidenceDirectory } from '../src/evidence/evidence-directory.js';
import { hashesOf, stillFileName } from '../src/evidence/evidence-files.js';
import type { PlateRead } from '../src/review/plate-check.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type Harness, PASSWORD } from './harness.js';

/** 1 March 2026, noon in Viet Nam. */
export const VIOLATION_AT = Date.parse('2026-03-01T05:00:00Z');

/** The smallest JPEG there is: one grey pixel. */
export const PIXEL = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  'base64',
);

export const SURE_PLATE: PlateRead = { text: '51F12345', confidence: 0.97, format: 'car', colour: 'white', repaired: 0 };

export interface CaseOptions {
  cameraId?: string;
  type?: Finding['type'];
  class?: Finding['class'];
  atMs?: number;
  confidence?: number;
  plate?: PlateRead | null;
  fineable?: Finding['fineable'];
  simulated?: boolean;
  /** Moments of which a picture is stored; the finding speaks of all three. */
  stored?: readonly string[];
  moments?: readonly string[];
  /** JPEG of every moment; default one pixel. */
  picture?: Buffer;
  box?: readonly number[];
}

const MOMENTS = ['before-line', 'over-line', 'past-line'] as const;

function messageOf(options: CaseOptions): AlertMessage {
  const atMs = options.atMs ?? VIOLATION_AT;
  const { cameraId = 'cam-a', type = 'red-light', plate = SURE_PLATE } = options;
  const moments = (options.moments ?? MOMENTS).map((name, index) => ({
    name,
    atMs: atMs + index * 500,
    box: (options.box ?? [0.2, 0.3, 0.4, 0.6]) as never,
  }));
  const finding = {
    ...aFinding({ type, cameraId, startMs: atMs, raisedAtMs: atMs + 1500, moments, class: options.class ?? 'car' }),
    fineable: options.fineable ?? { value: true, reasons: [] },
    ...(plate === null ? {} : { plate: { ...plate, looks: 3, agreeing: 2, atMs } }),
  };
  return anAlert({
    alertId: randomUUID(),
    kind: 'violation',
    type,
    cameraId,
    startMs: atMs,
    simulated: options.simulated ?? false,
    confidence: options.confidence ?? 0.8,
    findings: [finding],
  });
}

/** Stores a violation with its pictures, as intake and collector do, and gives its case. */
export async function aCase(
  harness: Harness,
  options: CaseOptions = {},
): Promise<{ caseId: string; alertId: string; message: AlertMessage }> {
  const message = messageOf(options);
  const { sql } = harness;
  await takeAlert(sql, message, message.startMs + 2000);
  const files = new EvidenceDirectory(harness.dataDirectory);
  const picture = options.picture ?? PIXEL;
  const [widthPx, heightPx] = options.picture ? [1280, 720] : [1, 1];
  for (const [index, moment] of (options.stored ?? MOMENTS).entries()) {
    const { sha256, sha1 } = hashesOf(picture);
    const file = stillFileName(moment, sha256);
    await files.write(message.alertId, file, picture);
    await sql`INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, stored_at_ms)
      VALUES (${message.alertId}, ${moment}, ${file}, ${message.startMs + index * 500}, ${widthPx}, ${heightPx}, ${picture.length}, ${sha256}, ${sha1}, 0)`;
  }
  const [row] = await sql<{ id: string }[]>`SELECT id FROM violation_cases WHERE alert_id = ${message.alertId}`;
  return { caseId: (row as { id: string }).id, alertId: message.alertId, message };
}

/** Users whose hashes cost next to nothing. */
export async function addPeople(sql: Sql, people: [username: string, role: Role, unitId: string][]): Promise<void> {
  const hash = await hashPassword(PASSWORD, { N: 16, r: 1, p: 1 });
  for (const [username, role, unitId] of people) {
    const [user] = await sql<{ id: string }[]>`INSERT INTO users (username, display_name, unit_id, password_hash, created_at_ms)
      VALUES (${username}, ${username}, ${unitId}, ${hash}, 0) RETURNING id`;
    await addGrant(sql, user?.id as string, { role, unitId }, { name: 'test', atMs: 0 });
  }
}
