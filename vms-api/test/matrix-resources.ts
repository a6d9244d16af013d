import { randomBytes, randomUUID } from 'node:crypto';
import { parseCamera } from '@safecity/contracts';
import { addGrant } from '../src/accounts/grants.js';
import { ROLE_ALERT_KINDS, type Role } from '../src/accounts/roles.js';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { EvidenceDirectory } from '../src/evidence/evidence-directory.js';
import { hashesOf } from '../src/evidence/evidence-files.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { DayPartitions } from '../src/tracks/day-partitions.js';
import { aCamera, type Harness } from './harness.js';

/** Where a thing lies as seen from the unit in which the role was given; `none` does not exist. */
export const PLACEMENTS = ['own', 'sub', 'sibling', 'none'] as const;
export type Placement = (typeof PLACEMENTS)[number];

export const UNIT_OF: Record<Placement, string> = { own: 'ward-a', sub: 'block-a', sibling: 'ward-b', none: 'ward-none' };

/** Stands in the name of every camera of the sibling: must never be told to anybody else. */
export const SIBLING_SECRET = 'CANARY-OF-THE-SIBLING';

/** What the parameters of routes can name, in one place of the tree. */
export interface Resources {
  unitId: string;
  cameraId: string;
  alertId: string;
  trackKey: string;
  picture: string;
  clip: string;
  /** Somebody who belongs to the unit, other than who asks. */
  username: string;
  grantId: string;
  tokenId: string;
  controllerId: string;
  listId: string;
  destinationId: string;
  entryId: string;
  suppressionId: string;
  drillId: string;
  flagId: string;
  handoverId: string;
  caseId: string;
  bookmarkId: string;
}

const signalOf = (cameraId: string) => ({
  ...{ id: 'signal-1', name: 'Signal' },
  source: { kind: 'controller', controllerId: `controller-${cameraId}`, group: 'north' },
});

async function storeCamera({ sql }: Harness, cameraId: string, unitId: string, name: string): Promise<void> {
  const config = { ...parseCamera(aCamera({ id: cameraId, unitId, name, signals: [signalOf(cameraId)] })), revision: 1 };
  await sql`INSERT INTO cameras (id, unit_id, revision, config) VALUES (${cameraId}, ${unitId}, 1, ${sql.json(config as never)})`;
}

async function storeFiles(harness: Harness, alertId: string): Promise<{ picture: string; clip: string }> {
  const files = new EvidenceDirectory(harness.dataDirectory);
  const bytes = Buffer.from(`evidence of ${alertId}`);
  const { sha256, sha1 } = hashesOf(bytes);
  const [picture, clip] = [`raised-${sha256.slice(0, 16)}.jpg`, `clip-raised-${sha256.slice(0, 16)}.mp4`];
  await files.write(alertId, picture, bytes);
  await files.write(alertId, clip, bytes);
  await harness.sql`INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, stored_at_ms)
    VALUES (${alertId}, 'raised', ${picture}, 1, 2, 2, ${bytes.length}, ${sha256}, ${sha1}, 1)`;
  await harness.sql`INSERT INTO alert_clips (alert_id, name, file, from_ms, to_ms, duration_ms, codec, width_px, height_px, size_bytes, gaps, sha256, stored_at_ms)
    VALUES (${alertId}, 'clip-raised', ${clip}, 1, 2, 1, 'h264', 2, 2, ${bytes.length}, '[]', ${sha256}, 1)`;
  return { picture, clip };
}

async function storeTrack({ sql }: Harness, cameraId: string): Promise<string> {
  const firstMs = Math.floor(Date.now());
  await new DayPartitions(sql, 30).make([firstMs]);
  await sql`INSERT INTO tracks (camera_id, track_id, first_ms, last_ms, config_revision, class, score, zone_ids)
    VALUES (${cameraId}, 'abc-0', ${firstMs}, ${firstMs + 1}, 1, 'car', 0.5, '{}')`;
  return `${cameraId}.abc-0.${firstMs}`;
}

async function storePeople({ sql }: Harness, role: Role, unitId: string) {
  const username = `u-${role}-${unitId}`;
  const users = await sql<{ id: string }[]>`INSERT INTO users (username, display_name, unit_id, password_hash, created_at_ms)
    VALUES (${username}, ${unitId === UNIT_OF.sibling ? SIBLING_SECRET : username}, ${unitId}, 'none', 0) RETURNING id`;
  const userId = users[0]?.id as string;
  const grantId = await addGrant(sql, userId, { role: 'operator', unitId }, { name: 'test', atMs: 0 });
  const tokens = await sql<{ id: string }[]>`INSERT INTO api_tokens (name, unit_id, secret_hash, expires_at_ms, created_by, created_at_ms)
    VALUES (${`t-${role}-${unitId}`}, ${unitId}, ${randomBytes(32)}, ${Date.now() + 3_600_000}, 'test', 0) RETURNING id`;
  return { username, grantId, tokenId: tokens[0]?.id as string };
}

async function storeLists({ sql }: Harness, of: { cameraId: string; alertId: string; unitId: string; kind: string }) {
  const listId = `list-${of.cameraId}`;
  await sql`INSERT INTO watchlists (id, unit_id, name, created_by, created_at_ms) VALUES (${listId}, ${of.unitId}, ${listId}, 'test', 0)`;
  const entries = await sql<{ id: string }[]>`INSERT INTO watchlist_entries (list_id, plate, reason, added_by, added_at_ms)
    VALUES (${listId}, '51F12345', 'asked for', 'test', 0) RETURNING id`;
  const destinationId = `dest-${of.cameraId}`;
  await sql`INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms, enabled)
    VALUES (${destinationId}, ${destinationId}, 'cap', 'http://127.0.0.1:9/', 'exercise', '{incident}', ${of.unitId}, 60000, false)`;
  const suppressionId = randomUUID();
  await sql`INSERT INTO suppressions (id, alert_id, camera_id, camera_name, unit_id, kind, type, rule_id, rule_name, polygon, from_ms, until_ms, created_by)
    VALUES (${suppressionId}, ${of.alertId}, ${of.cameraId}, ${of.cameraId}, ${of.unitId}, ${of.kind}, 'crowd-occupancy', 'rule-1', 'Crowd',
      '[[0.1,0.1],[0.2,0.1],[0.2,0.2]]', 0, ${Date.now() + 3_600_000}, 'test')`;
  return { listId, destinationId, entryId: entries[0]?.id as string, suppressionId };
}

async function storeFlag({ sql }: Harness, cameraId: string, unitId: string): Promise<string> {
  const flags = await sql<{ id: string }[]>`INSERT INTO camera_flags (camera_id, unit_id, reason, from_ms, until_ms, set_by)
    VALUES (${cameraId}, ${unitId}, 'watch it', 0, ${Date.now() + 3_600_000}, 'test') RETURNING id`;
  return flags[0]?.id as string;
}

const EMPTY_DESK = {
  ...{ unitName: { vi: 'x', en: 'x' }, atMs: 0, alerts: [], unowned: [], flags: [], cameras: [], suppressions: [], drills: [] },
};

async function storeHandover({ sql }: Harness, unitId: string): Promise<string> {
  // Withdrawn: only one waits in a unit.
  const rows = await sql<
    { id: string }[]
  >`INSERT INTO handovers (unit_id, state, notes, snapshot, sha256, signed_by, signed_name, signed_at_ms)
    VALUES (${unitId}, 'withdrawn', '', ${JSON.stringify({ ...EMPTY_DESK, unitId })}, 'none', 'test', 'Test', 0) RETURNING id`;
  return rows[0]?.id as string;
}

async function storeDrill({ sql }: Harness, unitId: string): Promise<string> {
  const name = unitId === UNIT_OF.sibling ? SIBLING_SECRET : 'Drill';
  const drills = await sql<{ id: string }[]>`INSERT INTO drills (unit_id, name, exercises, from_ms, until_ms, declared_by, declared_at_ms)
    VALUES (${unitId}, ${name}, 'everything', 0, ${Date.now() + 3_600_000}, 'test', 0) RETURNING id`;
  return drills[0]?.id as string;
}

/** A violation that waits for a reviewer. */
async function storeCase({ sql }: Harness, cameraId: string): Promise<string> {
  const alertId = randomUUID();
  const finding = aFinding({ cameraId, type: 'red-light' });
  await takeAlert(sql, anAlert({ alertId, cameraId, kind: 'violation', type: 'red-light', findings: [finding] }), Date.now());
  const cases = await sql<{ id: string }[]>`SELECT id FROM violation_cases WHERE alert_id = ${alertId}`;
  return cases[0]?.id as string;
}

/** One of everything in a placement, for one role, so that what one role changes no other meets. */
export async function storeResources(harness: Harness, role: Role, placement: Placement): Promise<Resources> {
  const unitId = UNIT_OF[placement];
  const cameraId = `cam-${role}-${placement}`;
  const alertId = randomUUID();
  if (placement === 'none') {
    const file = '0123456789abcdef';
    const files = { picture: `raised-${file}.jpg`, clip: `clip-raised-${file}.mp4` };
    const people = { username: `u-${role}-none`, grantId: randomUUID(), tokenId: randomUUID() };
    const lists = {
      listId: `list-${cameraId}`,
      destinationId: `dest-${cameraId}`,
      entryId: randomUUID(),
      suppressionId: randomUUID(),
      drillId: randomUUID(),
      flagId: randomUUID(),
      handoverId: randomUUID(),
    };
    return {
      unitId,
      cameraId,
      alertId,
      trackKey: `${cameraId}.abc-0.1`,
      controllerId: `controller-${cameraId}`,
      caseId: randomUUID(),
      bookmarkId: randomUUID(),
      ...files,
      ...people,
      ...lists,
    };
  }
  await storeCamera(harness, cameraId, unitId, placement === 'sibling' ? SIBLING_SECRET : `Camera ${placement}`);
  const kind = ROLE_ALERT_KINDS[role][0] ?? 'incident';
  await takeAlert(harness.sql, anAlert({ alertId, cameraId, kind, findings: [aFinding({ cameraId })] }), Date.now());
  const trackKey = await storeTrack(harness, cameraId);
  const caseId = await storeCase(harness, cameraId);
  const drillId = await storeDrill(harness, unitId);
  const handoverId = await storeHandover(harness, unitId);
  const flagId = await storeFlag(harness, cameraId, unitId);
  const bookmarks = await harness.sql<{ id: string }[]>`INSERT INTO bookmarks (camera_id, unit_id, at_ms, name, created_by, created_at_ms)
    VALUES (${cameraId}, ${unitId}, 1, 'Mark', ${`m-${role}`}, 0) RETURNING id`;
  const bookmarkId = bookmarks[0]?.id as string;
  const placed = {
    unitId,
    cameraId,
    alertId,
    trackKey,
    caseId,
    bookmarkId,
    drillId,
    flagId,
    handoverId,
    controllerId: `controller-${cameraId}`,
  };
  const lists = await storeLists(harness, { cameraId, alertId, unitId, kind });
  return { ...placed, ...lists, ...(await storeFiles(harness, alertId)), ...(await storePeople(harness, role, unitId)) };
}

type Parts = { query?: string; body?: unknown };
const span = { fromMs: 1_795_000_000_000, toMs: 1_795_000_001_000 };
const spanQuery = `fromMs=${span.fromMs}&toMs=${span.toMs}`;

/**
 * What a request needs besides its path, by operation. A route that demands something and is not in this table answers 400
 * to who may use it, and the matrix fails: give it its parts here.
 */
export const PARTS: Record<string, (resources: Resources) => Parts> = {
  // Sent as JSON it is no form: refused as that (415), whoever asks.
  endProviderSessions: () => ({ body: { logout_token: 'x' } }),
  createCamera: ({ unitId, cameraId }) => ({ body: { camera: aCamera({ id: `${cameraId}-new`, unitId }) } }),
  updateCamera: ({ unitId, cameraId }) => ({ body: { camera: { ...aCamera({ id: cameraId, unitId }), revision: 1 } } }),
  testCamera: ({ cameraId }) => ({ body: { cameraId } }),
  askOnvifStreams: ({ cameraId }) => ({ body: { cameraId, address: 'http://192.0.2.1' } }),
  importCameras: () => ({ body: { csv: 'id', apply: 'nothing' } }),
  compareCameraVersions: () => ({ query: 'from=1' }),
  restoreCameraVersion: () => ({ body: { revision: 1 } }),
  acknowledgeAlert: () => ({ body: {} }),
  confirmAlert: () => ({ body: {} }),
  resolveAlert: () => ({ body: {} }),
  dispatchAlert: () => ({ body: { destinationId: 'eoc' } }),
  commentAlert: () => ({ body: { text: 'seen from the window' } }),
  assignAlert: () => ({ body: { username: null } }),
  setEscalation: () => ({ body: { afterSeconds: { critical: [60], high: [], medium: [], low: [] }, destinationId: null } }),
  rejectAlert: () => ({ body: { reasonCode: 'other' } }),
  setHold: () => ({ body: { reason: 'asked for', untilMs: null } }),
  liftHold: () => ({ body: { reason: 'asked for' } }),
  setRetention: () => ({ body: { class: 'tracks', days: 31, reason: 'asked for' } }),
  exportDossier: () => ({ body: { reason: 'asked for' } }),
  exportTracks: () => ({ query: 'format=csv' }),
  getCameraArchive: () => ({ query: spanQuery }),
  startBacktest: () => ({ body: span }),
  getRecordingTimeline: () => ({ query: spanQuery }),
  playRecording: () => ({ query: `fromMs=${span.fromMs}` }),
  exportRecording: () => ({ body: { ...span, reason: 'asked for' } }),
  addBookmark: () => ({ body: { atMs: span.fromMs, name: 'Mark' } }),
  lockRecording: () => ({ body: { ...span, reason: 'asked for' } }),
  splitAlert: () => ({ body: {} }),
  suppressHere: () => ({
    body: {
      untilMs: Date.now() + 3_600_000,
      polygon: [
        [0.1, 0.1],
        [0.2, 0.1],
        [0.2, 0.2],
      ],
    },
  }),
  openIncident: ({ cameraId }) => ({ body: { type: 'medical', severity: 'high', source: 'seen', description: 'Someone fell', cameraId } }),
  correctIncident: () => ({ body: { reason: 'not to be seen', severity: 'low' } }),
  flagCamera: () => ({ body: { reason: 'watch it', untilMs: Date.now() + 60_000 } }),
  signHandover: () => ({ body: { notes: '' } }),
  withdrawHandover: () => ({ body: { reason: 'asked for' } }),
  declareDrill: ({ unitId }) => ({ body: { unitId, name: 'Drill', exercises: 'everything', untilMs: Date.now() + 3_600_000 } }),
  tellSignals: () => ({ body: { sentAtMs: Date.now(), groups: [{ group: 'north', state: 'red' }] } }),
  createWatchlist: ({ unitId, alertId }) => ({ body: { id: `w-${alertId}`, name: 'List', unitId } }),
  addWatchlistEntries: () => ({ body: { entries: [{ plate: '51F12346', reason: 'asked for' }] } }),
  beginSecondFactor: () => ({ body: { password: 'correct horse battery' } }),
  createUnit: ({ unitId, alertId }) => ({ body: { id: alertId, parentId: unitId, name: { vi: 'Tổ', en: 'Block' } } }),
  // In the year 2100, so that the cells after this one find the unit as it was.
  closeUnit: () => ({ body: { atMs: 4_102_444_800_000, successorIds: [] } }),
  createUser: ({ unitId, alertId }) => ({
    body: { username: `n-${alertId}`, displayName: 'New', password: 'correct horse battery', role: 'operator', unitId },
  }),
  changeAccount: () => ({ body: { disabled: true } }),
  grantRole: ({ unitId }) => ({ body: { role: 'operator', unitId } }),
  createToken: ({ unitId, alertId }) => ({ body: { name: alertId, unitId, expiresAtMs: Date.now() + 60_000 } }),
  rotateToken: () => ({ body: {} }),
  metadataStream: ({ cameraId }) => ({ query: `cameras=${cameraId}` }),
  createDestination: ({ unitId, alertId }) => ({
    body: {
      ...{ id: `d-${alertId}`, name: 'Hook', url: 'https://centre.example/hook', mode: 'exercise', kinds: ['incident'] },
      ...{ expiresAfterMs: 60_000, format: 'webhook', unitId },
    },
  }),
  changeDestination: () => ({ body: { enabled: false } }),
  overlay: ({ cameraId }) => ({ query: `cameras=${cameraId}` }),
  claimCase: () => ({ body: {} }),
  confirmCase: () => ({ body: {} }),
  rejectCase: () => ({ body: { reasonCode: 'other', comment: 'not to be seen' } }),
  sendCaseBack: () => ({ body: { comment: 'not to be seen' } }),
  setReviewSettings: ({ unitId }) => ({ body: { unitId, type: '*', fourEyes: false, plantedShare: 0, claimSeconds: 300 } }),
  eraseCaseEvidence: () => ({ body: { officer: 'Nguyễn Văn A', ground: 'an order of the court' } }),
  issueForm: () => ({
    body: {
      ...{ form: '02', recipient: 'Owner', recipientAddress: 'Street 1', appearAt: 'Desk 1', contact: '113' },
      ...{ signer: 'Nguyễn Văn A', signerTitle: 'Captain' },
    },
  }),
  getReviewStatistics: () => ({ query: spanQuery }),
  getLineCounts: () => ({ query: spanQuery }),
  getOccupancy: () => ({ query: spanQuery }),
  getUptime: () => ({ query: spanQuery }),
  getOutcomes: () => ({ query: spanQuery }),
  getHandlingTimes: () => ({ query: spanQuery }),
  getFalseAlarms: () => ({ query: spanQuery }),
  exportStatistics: () => ({ query: `table=counts&${spanQuery}` }),
  addProvision: () => ({
    body: {
      ...{
        id: 'matrix.row',
        type: 'red-light',
        vehicle: 'car',
        variant: 'matrix',
        act: { vi: 'x', en: 'x' },
        article: 1,
        clause: 1,
        point: 'a',
      },
      ...{ fineMinVnd: 0, fineMaxVnd: 1, licencePoints: null, document: { vi: 'x', en: 'x' }, note: null, source: 'a test' },
      ...{ validFrom: '2100-01-01', validUntil: null },
    },
  }),
  changeDraftProvision: () => ({
    body: {
      ...{ act: { vi: 'x', en: 'x' }, article: 1, clause: 1, point: 'a', fineMinVnd: 0, fineMaxVnd: 1, licencePoints: null },
      ...{ document: { vi: 'x', en: 'x' }, note: null, source: 'a test', validFrom: '2100-01-01', validUntil: null },
    },
  }),
  endProvision: () => ({ body: { validUntil: '2100-01-01' } }),
  approveProvision: () => ({ body: { officer: 'Nguyễn Văn A', title: 'Captain' } }),
  approveTemplate: () => ({ body: { officer: 'Nguyễn Văn A', title: 'Captain' } }),
};

/** Operations without a placed parameter in their path that nonetheless name something by query or body. */
export const PLACED_BY_PARTS = [
  'testCamera',
  'askOnvifStreams',
  'createCamera',
  'createUnit',
  'createUser',
  'createToken',
  'createWatchlist',
  'createDestination',
  'metadataStream',
  'openIncident',
  'declareDrill',
  'overlay',
  'setReviewSettings',
];

/** Operations on a case that tell apart where it lies; those on a claim answer alike to everybody who does not hold the case. */
export const PLACED_CASES = ['getCase', 'issueForm', 'eraseCaseEvidence'];

/** Operations that need a role in the whole site: in one unit they are forbidden. */
export const SITE_WIDE = [
  'exportAudit',
  'checkAudit',
  'addProvision',
  'changeDraftProvision',
  'endProvision',
  'approveProvision',
  'approveTemplate',
  'setRetention',
];

/** Where a path's `file` and other parameters come from. */
export function pathOf(path: string, operationId: string, resources: Resources): string {
  const known: Record<string, string> = {
    ...resources,
    file: ['getClip', 'maskClip'].includes(operationId) ? resources.clip : resources.picture,
    presetId: 'preset-1',
    revision: '1',
    formId: '00000000-0000-4000-8000-000000000000',
    provisionId: 'none',
    templateId: 'none',
    holdId: '00000000-0000-4000-8000-000000000000',
    lockId: '00000000-0000-4000-8000-000000000000',
    sessionId: '00000000-0000-4000-8000-000000000000',
    backtestId: '00000000-0000-4000-8000-000000000000',
  };
  return path.replace('/api/v1', '').replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`the access matrix has no resource for the parameter {${name}} of ${operationId}`);
    return value;
  });
}
