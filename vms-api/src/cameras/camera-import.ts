import { SafecityError } from '@safecity/contracts';
import type { CameraNetworks } from '@safecity/platform';
import { reaches } from '../accounts/scope.js';
import { recordAudit } from '../audit/audit.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { problemAt, refusal } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';
import type { CsvRow } from './camera-csv.js';
import { atColumn, type CellProblem, cameraOfRow, type RowCamera, type RowProblem } from './camera-of-row.js';
import {
  type CameraContext,
  cameraColumns,
  type KeptCameraRow,
  lockCamera,
  type PlacedConfig,
  sameCredentials,
  staysAtHosts,
  storeRevision,
  withTaughtTimes,
} from './camera-write.js';
import { configDifferences } from './config-diff.js';

/** What becomes of a row, or would. */
export interface RowReport {
  line: number;
  id: string;
  name: string | null;
  action: 'create' | 'update' | 'unchanged' | 'refused';
  /** Paths of what differs from what is stored. */
  changes: string[];
  credentials: 'kept' | 'set' | 'removed';
  problems: RowProblem[];
}

interface Plan {
  report: RowReport;
  stored: KeptCameraRow | null;
  config: PlacedConfig | null;
  credentials: RowCamera['credentials'];
}

/** Where addresses lead, asked once per host and before the transaction. */
export type AddressCheck = (url: string) => CellProblem | undefined;

/** Looks up every host that rows name. Gives the word of what is wrong with an address. */
export async function checkedHosts(networks: CameraNetworks | undefined, rows: readonly CsvRow[]): Promise<AddressCheck> {
  const problems = new Map<string, CellProblem>();
  const urls = rows.flatMap(({ cells }) => [cells.url, cells.detectUrl]).filter((url): url is string => !!url && URL.canParse(url));
  const byHost = new Map(urls.map((url) => [new URL(url).hostname, url]));
  const waiting = [...byHost];
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [host, url] = next;
      await networks?.pin(url).catch((error: Error) => problems.set(host, problemAt('', error)));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return (url) => (URL.canParse(url) ? problems.get(new URL(url).hostname) : undefined);
}

async function storedCameras(sql: Queryable, ids: string[]): Promise<Map<string, KeptCameraRow>> {
  const rows = await sql<KeptCameraRow[]>`SELECT ${cameraColumns(sql)}, deleted_at_ms FROM cameras WHERE id = ANY(${ids})`;
  return new Map(rows.map((row) => [row.id, row]));
}

/** Asks for each unit once. */
function unitChecker(sql: Queryable, { identity, nowMs }: CameraContext): (unitId: string) => Promise<CellProblem | undefined> {
  const known = new Map<string, CellProblem | undefined>();
  return async (unitId) => {
    if (!known.has(unitId)) {
      const problem = await getOpenUnit(sql, identity, unitId, nowMs).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof SafecityError) return error.problems[0] ?? problemAt('', error);
          throw error;
        },
      );
      known.set(unitId, problem);
    }
    return known.get(unitId);
  };
}

/** How a row changes the credentials: the ones that are stored are no change. */
function credentialChange(key: Buffer, row: RowCamera, stored: KeptCameraRow | null): RowCamera['credentials'] {
  const sealed = stored?.sealed_credentials ?? null;
  if (row.credentials === null) return sealed === null ? undefined : null;
  return row.credentials && sameCredentials(key, sealed, row.credentials) ? undefined : row.credentials;
}

interface Planner {
  context: CameraContext;
  checkAddress: AddressCheck;
  unitProblem: (unitId: string) => Promise<CellProblem | undefined>;
  stored: Map<string, KeptCameraRow>;
  lines: Map<string, number>;
}

function addressProblems(config: PlacedConfig, present: KeptCameraRow | null, plan: Plan, checkAddress: AddressCheck): RowProblem[] {
  const { url, detectUrl } = config.source;
  const problems: RowProblem[] = [];
  for (const [column, address] of [
    ['url', url],
    ['detectUrl', detectUrl],
  ] as const) {
    const problem = address === undefined ? undefined : checkAddress(address);
    if (problem) problems.push(atColumn(column, problem));
  }
  if (present?.sealed_credentials && plan.credentials === undefined && !staysAtHosts(present, config.source)) {
    const message = 'the camera has another host now: give user name and password again';
    problems.push(atColumn('password', { code: 'credentials-again', message }));
  }
  return problems;
}

async function planRow(row: CsvRow, planner: Planner): Promise<Plan> {
  const { context, checkAddress, unitProblem, stored: all, lines } = planner;
  const id = row.cells.id ?? '';
  const stored = all.get(id) ?? null;
  const present = stored?.deleted_at_ms === null ? stored : null;
  const report: RowReport = {
    line: row.line,
    id,
    name: row.cells.name || null,
    action: 'refused',
    changes: [],
    credentials: 'kept',
    problems: [],
  };
  const plan: Plan = { report, stored, config: null, credentials: undefined };
  const refuse = (...problems: RowProblem[]) => {
    report.problems.push(...problems);
    return plan;
  };
  const earlier = lines.get(id);
  if (earlier !== undefined && earlier !== row.line)
    return refuse(
      atColumn('id', {
        code: 'row-twice',
        params: { line: earlier },
        message: `stands on line ${earlier} already: give each camera one row`,
      }),
    );
  if (stored && !reaches(context.identity, stored.unit_id, id)) {
    return refuse(atColumn('id', { code: 'other-unit', message: 'belongs to a camera of another unit: choose another id' }));
  }
  const wanted = cameraOfRow(row, present?.config ?? null);
  if (!wanted.camera) return refuse(...wanted.problems);
  const unitId = wanted.camera.unitId ?? context.identity.unitId;
  const config: PlacedConfig = { ...withTaughtTimes(wanted.camera, present?.config ?? null), unitId };
  plan.credentials = credentialChange(context.key, wanted, present);
  const isMoved = unitId !== present?.unit_id;
  const unit = isMoved ? await unitProblem(unitId) : undefined;
  const problems = [...(unit ? [atColumn('unit', unit)] : []), ...addressProblems(config, present, plan, checkAddress)];
  if (problems.length > 0) return refuse(...problems);
  plan.config = config;
  report.name = config.name;
  report.credentials = plan.credentials === undefined ? 'kept' : plan.credentials === null ? 'removed' : 'set';
  report.changes = present ? configDifferences(present.config, config).map(({ path }) => path) : [];
  const isSame = present && report.changes.length === 0 && plan.credentials === undefined;
  report.action = !present ? 'create' : isSame ? 'unchanged' : 'update';
  return plan;
}

async function planAll(sql: Queryable, context: CameraContext, rows: readonly CsvRow[], checkAddress: AddressCheck): Promise<Plan[]> {
  const ids = rows.map(({ cells }) => cells.id ?? '');
  const lines = new Map<string, number>();
  for (const { line, cells } of rows) if (!lines.has(cells.id ?? '')) lines.set(cells.id ?? '', line);
  const planner = { context, checkAddress, lines, unitProblem: unitChecker(sql, context), stored: await storedCameras(sql, ids) };
  const plans: Plan[] = [];
  for (const row of rows) plans.push(await planRow(row, planner));
  return plans;
}

/** What a list would do. Nothing is changed. */
export async function rehearseImport(context: CameraContext, rows: readonly CsvRow[], checkAddress: AddressCheck): Promise<RowReport[]> {
  return (await planAll(context.sql, context, rows, checkAddress)).map(({ report }) => report);
}

/** How a list is stored. */
export interface ImportWish {
  rows: readonly CsvRow[];
  checkAddress: AddressCheck;
  /** `all`: every row or none; `good-rows`: what is not refused. */
  apply: 'all' | 'good-rows';
  comment?: string;
}

function checkAll(reports: RowReport[]): void {
  const refused = reports.filter(({ action }) => action === 'refused');
  const [first] = refused;
  if (!first) return;
  const where = `line ${first.line}${first.problems[0]?.column ? `, ${first.problems[0].column}` : ''}: ${first.problems[0]?.message ?? ''}`;
  const message = `${refused.length} of ${reports.length} rows are refused, so nothing was changed (${where}): mend them, or import the good rows only`;
  const params = { refused: refused.length, rows: reports.length };
  throw refusal('API_IMPORT_REFUSED', 409, [{ path: '', code: 'csv-refused', params, message }]);
}

/**
 * Stores a list in one transaction. What stands in it already is left alone, so that it may be sent again.
 * @throws SafecityError `API_IMPORT_REFUSED` (409) when all rows are wanted and one is refused
 */
export async function importCameras(context: CameraContext, wish: ImportWish): Promise<RowReport[]> {
  const { rows, checkAddress, apply, comment } = wish;
  const store = async (transaction: Transaction): Promise<RowReport[]> => {
    // All cameras before the audit log, each in one order: whoever holds one waits for nobody here.
    for (const id of [...new Set(rows.map(({ cells }) => cells.id ?? ''))].sort()) await lockCamera(transaction, id);
    const plans = await planAll(transaction, context, rows, checkAddress);
    const reports = plans.map(({ report }) => report);
    if (apply === 'all') checkAll(reports);
    for (const { report, config, stored, credentials } of plans) {
      if (!config || report.action === 'unchanged' || report.action === 'refused') continue;
      const change = {
        camera: config,
        ...(credentials === undefined ? {} : { credentials }),
        ...(comment === undefined ? {} : { comment }),
      };
      const action = report.action === 'create' ? 'camera.created' : 'camera.changed';
      await storeRevision(transaction, context, { config, change, stored, action });
    }
    await recordAudit(transaction, entryOf(context, reports, comment));
    return reports;
  };
  return context.sql.begin(store) as Promise<RowReport[]>;
}

/** Rows of a list by what became of them. */
export function countsOf(reports: readonly RowReport[]): Record<RowReport['action'], number> {
  const counts = { create: 0, update: 0, unchanged: 0, refused: 0 };
  for (const { action } of reports) counts[action]++;
  return counts;
}

function entryOf({ nowMs, identity, address }: CameraContext, reports: RowReport[], comment: string | undefined) {
  return {
    atMs: nowMs,
    actor: identity.username,
    action: 'cameras.imported' as const,
    subject: 'cameras',
    detail: { ...countsOf(reports), ...(comment === undefined ? {} : { comment }) },
    ...(address === undefined ? {} : { address }),
  };
}
