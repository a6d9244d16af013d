import type { AlertKind } from '@safecity/contracts';
import { loadOrCreateKey } from '@safecity/platform';
import type { Role } from '../accounts/roles.js';
import { addUser, userExists } from '../accounts/users.js';
import type { CENTRES } from '../alerts/alert-schemas.js';
import { recordAudit } from '../audit/audit.js';
import { createCamera } from '../cameras/camera-store.js';
import { openDatabase, type Sql } from '../database/connection.js';
import { migrate } from '../database/migrate.js';
import { failure } from '../server/failure.js';
import { type SiteFacts, shiftStartsOf, storeSetting } from './settings.js';

const DEFAULT_EXPIRY_MS = 24 * 3_600_000;
const ACTOR = 'provision';

export interface SiteUnit {
  id: string;
  parentId?: string | null;
  /** One text stands for both languages: names of places are rarely translated. */
  name: string | { vi: string; en: string };
}

export interface SiteUser {
  username: string;
  displayName: string;
  role: Role;
  unitId: string;
  /** Used only when the user does not exist yet. */
  password: string;
}

export interface SiteDestination {
  id: string;
  name: string;
  /** Where CAP messages are posted. */
  url: string;
  mode: 'exercise' | 'actual';
  /** What operators are told that it is; default an emergency centre. */
  centre?: (typeof CENTRES)[number];
  /** False: it gets an alert only when an operator sends it there; default true. */
  automatic?: boolean;
  /** Kinds of alert it gets; default incidents. */
  kinds?: AlertKind[];
  /** Gets what happens in this unit and below it; default the first unit of the site. */
  unitId?: string;
  /** How long a message is worth delivering; default 24 h. */
  expiresAfterMs?: number;
}

/** What a site should have. */
export interface Site {
  facts?: SiteFacts;
  /** Parents before their children; at least one. */
  units: readonly SiteUnit[];
  users?: readonly SiteUser[];
  destinations?: readonly SiteDestination[];
  /** As `parseCamera` takes them; without a unit they belong to the first one of the site. */
  cameras?: readonly (object & { id: string })[];
  /** Camera id → what its stream asks for. */
  credentials?: Record<string, { username: string; password: string }>;
}

/** What was added; everything else was there and was left as it is. */
export interface ProvisionResult {
  units: string[];
  users: string[];
  destinations: string[];
  cameras: string[];
}

async function provisionUnits(sql: Sql, units: readonly SiteUnit[]): Promise<string[]> {
  const added: string[] = [];
  for (const { id, parentId, name } of units) {
    const { vi, en } = typeof name === 'string' ? { vi: name, en: name } : name;
    const rows = await sql`INSERT INTO units (id, parent_id, name_vi, name_en, valid_from_ms)
      VALUES (${id}, ${parentId ?? null}, ${vi}, ${en}, ${Date.now()}) ON CONFLICT (id) DO NOTHING RETURNING 1`;
    if (rows.length > 0) added.push(id);
  }
  return added;
}

async function provisionUsers(sql: Sql, users: readonly SiteUser[]): Promise<string[]> {
  const added: string[] = [];
  for (const user of users) {
    if (await userExists(sql, user.username)) continue;
    const { username, displayName, password, unitId, role } = user;
    await addUser(sql, { username, displayName, password, unitId, grant: { role, unitId } }, ACTOR);
    added.push(user.username);
  }
  return added;
}

function firstUnit(site: Site): string {
  const [unit] = site.units;
  if (!unit) throw failure('API_CONFIG_INVALID', 500, 'a site needs at least one unit');
  return unit.id;
}

/** The address of a destination follows the site (a demo's inbox has another port each time); its other facts are kept. */
async function provisionDestinations(sql: Sql, site: Site): Promise<string[]> {
  const added: string[] = [];
  for (const destination of site.destinations ?? []) {
    const { id, name, url, mode } = destination;
    const unitId = destination.unitId ?? firstUnit(site);
    const rows = await sql<{ inserted: boolean }[]>`
      INSERT INTO destinations (id, name, format, url, mode, centre, automatic, alert_kinds, unit_id, expires_after_ms)
      VALUES (${id}, ${name}, 'cap', ${url}, ${mode}, ${destination.centre ?? 'emergency'}, ${destination.automatic ?? true},
        ${destination.kinds ?? ['incident']}, ${unitId},
        ${destination.expiresAfterMs ?? DEFAULT_EXPIRY_MS})
      ON CONFLICT (id) DO UPDATE SET url = excluded.url RETURNING xmax = 0 AS inserted`;
    if (rows[0]?.inserted) added.push(id);
  }
  return added;
}

async function provisionCameras(sql: Sql, keyFile: string | undefined, site: Site): Promise<string[]> {
  const added: string[] = [];
  for (const camera of site.cameras ?? []) {
    const rows = await sql`SELECT 1 FROM cameras WHERE id = ${camera.id}`;
    if (rows.length > 0) continue;
    if (keyFile === undefined) throw failure('API_CONFIG_INVALID', 500, 'cameras need the key file of the site');
    const identity = { username: ACTOR, unitId: firstUnit(site), unitIds: site.units.map((unit) => unit.id), cameras: [] };
    const credentials = site.credentials?.[camera.id];
    const context = { sql, key: loadOrCreateKey(keyFile), identity, nowMs: Date.now() };
    await createCamera(context, credentials ? { camera, credentials } : { camera });
    added.push(camera.id);
  }
  return added;
}

/**
 * Brings a site into the database: adds units, users, destinations and cameras that are not there. What exists is left
 * as its operators made it, deleted cameras included; only the address of a destination is brought up to date. May run
 * while the API runs. Cameras reach ingest when the API starts, or within 2 s when it runs.
 * @throws SafecityError `CONTRACTS_INVALID`, `API_PASSWORD_WEAK`, `API_UNIT_UNKNOWN`, as `migrate`
 */
export async function provisionSite(options: { databaseUrl: string; keyFile?: string; site: Site }): Promise<ProvisionResult> {
  const { site } = options;
  // Refused before anything is added.
  if (site.facts) shiftStartsOf(site.facts);
  const sql = openDatabase(options.databaseUrl, { name: 'safecity-provision', maxConnections: 1 });
  try {
    await migrate(sql);
    const units = await provisionUnits(sql, site.units);
    const users = await provisionUsers(sql, site.users ?? []);
    const destinations = await provisionDestinations(sql, site);
    const cameras = await provisionCameras(sql, options.keyFile, site);
    if (site.facts) await storeSetting(sql, 'site', site.facts);
    const result = { units, users, destinations, cameras };
    await recordAudit(sql, { atMs: Date.now(), actor: ACTOR, action: 'site.provisioned', subject: 'site', detail: result });
    return result;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
