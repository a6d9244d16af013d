export { ROLES, type Role } from './accounts/roles.js';
export { type ApiOptions, type RunningApi, startApi } from './api.js';
export { type AuditSource, verifyAudit } from './audit/verify.js';
export { platesWanted } from './cameras/plates-wanted.js';
export { openDatabase, type Sql } from './database/connection.js';
export { migrate } from './database/migrate.js';
export { type DispatchOptions, startDispatch } from './dispatch/start.js';
export { API_ERRORS, type ApiErrorCode } from './errors.js';
export { hide } from './masking/hide.js';
export { type MaskedClip, maskClip } from './masking/mask-clip.js';
export type { MaskInference } from './masking/mask-models.js';
export { decodePicture, encodeJpeg, type PixelBox, type RgbPicture } from './masking/picture.js';
export { findPrivate, type PrivateKind, type PrivateRegion, type PrivateRegions, type Subject } from './masking/private-regions.js';
export { buildOpenApi } from './openapi.js';
export { type RetentionVerdict, verifyRetention } from './retention/verify.js';
export {
  type ProvisionResult,
  provisionSite,
  type Site,
  type SiteDestination,
  type SiteUnit,
  type SiteUser,
} from './site/provision.js';
export { DEFAULT_SITE, type SiteFacts } from './site/settings.js';
export { type CreateUserOptions, createUser, setPassword } from './site/user-commands.js';
export { DayPartitions } from './tracks/day-partitions.js';
