import type { ReactNode } from 'react';
import { AccountPage } from './account/account-page.js';
import { AuditPage } from './administration/audit-page.js';
import { DestinationsPage } from './administration/destinations-page.js';
import { EscalationPage } from './administration/escalation-page.js';
import { PeoplePage } from './administration/people-page.js';
import { TokensPage } from './administration/tokens-page.js';
import { UnitsPage } from './administration/units-page.js';
import { AlertPage } from './alerts/alert-page.js';
import type { Bilingual, Permission } from './api/types.js';
import { AddCameraPage, EditCameraPage } from './camera/camera-form.js';
import { CameraPage } from './camera/camera-page.js';
import { CamerasPage } from './camera/cameras-page.js';
import { ImportPage } from './camera/import-page.js';
import { VersionsPage } from './camera/versions-page.js';
import { DrillsPage } from './drills/drills-page.js';
import { HandoverPage } from './handover/handover-page.js';
import { HandoverReport } from './handover/handover-report.js';
import { PlaybackPage } from './playback/playback-page.js';
import { RetentionPage } from './retention/retention-page.js';
import { FormsPage } from './review/forms-page.js';
import { LawPage } from './review/law-page.js';
import { QueuePage } from './review/queue-page.js';
import { ReviewPage } from './review/review-page.js';
import { ReviewSettingsPage } from './review/settings-page.js';
import { ReviewStatisticsPage } from './review/statistics-page.js';
import { AlertSearchPage } from './search/alert-search-page.js';
import { TrackSearchPage } from './search/track-search-page.js';
import { StatisticsPage } from './statistics/statistics-page.js';
import { WallPage } from './wall/wall-page.js';

/** The ways of the top bar, in their order. A section is shown to whoever may open one of its pages. */
export const SECTIONS = {
  wall: { vi: 'Tường hình', en: 'Wall' },
  shift: { vi: 'Ca trực', en: 'Shift' },
  playback: { vi: 'Xem lại', en: 'Playback' },
  search: { vi: 'Tìm kiếm', en: 'Search' },
  review: { vi: 'Xét duyệt', en: 'Review' },
  statistics: { vi: 'Thống kê', en: 'Statistics' },
  administration: { vi: 'Quản trị', en: 'Administration' },
} satisfies Record<string, Bilingual>;
export type Section = keyof typeof SECTIONS;

/** One page of the console. */
export interface Page {
  /** Path as the router takes it, `:name` for a part that varies. */
  path: string;
  /** What somebody must be allowed to; left out: every person. */
  needs?: Permission;
  section: Section | 'account';
  /** Its tab in the section; left out: a page that is reached from others. */
  tab?: Bilingual;
  show: (parts: Record<string, string>) => ReactNode;
}

/** Every page. The first that somebody may open is where they begin. */
export const PAGES: readonly Page[] = [
  { path: '/', needs: 'cameras:read', section: 'wall', tab: SECTIONS.wall, show: () => <WallPage /> },
  { path: '/alerts/:id', needs: 'alerts:read', section: 'wall', show: ({ id = '' }) => <AlertPage id={id} /> },
  { path: '/cameras/:id', needs: 'cameras:read', section: 'wall', show: ({ id = '' }) => <CameraPage id={id} /> },
  { path: '/handover', needs: 'shifts:hand-over', section: 'shift', tab: { vi: 'Giao ca', en: 'Hand-over' }, show: () => <HandoverPage /> },
  { path: '/handovers/:id', needs: 'shifts:hand-over', section: 'shift', show: ({ id = '' }) => <HandoverReport id={id} /> },
  { path: '/drills', needs: 'alerts:read', section: 'shift', tab: { vi: 'Diễn tập', en: 'Drills' }, show: () => <DrillsPage /> },
  { path: '/playback', needs: 'recording:watch', section: 'playback', tab: SECTIONS.playback, show: () => <PlaybackPage /> },
  { path: '/playback/:id', needs: 'recording:watch', section: 'playback', show: ({ id = '' }) => <PlaybackPage id={id} /> },
  { path: '/review', needs: 'review:work', section: 'review', tab: { vi: 'Vụ việc', en: 'Cases' }, show: () => <ReviewPage /> },
  { path: '/search', needs: 'alerts:read', section: 'search', tab: { vi: 'Cảnh báo', en: 'Alerts' }, show: () => <AlertSearchPage /> },
  {
    path: '/search/tracks',
    needs: 'tracks:read',
    section: 'search',
    tab: { vi: 'Phương tiện, người', en: 'Vehicles and people' },
    show: () => <TrackSearchPage />,
  },
  { path: '/statistics', needs: 'statistics:read', section: 'statistics', tab: SECTIONS.statistics, show: () => <StatisticsPage /> },
  {
    path: '/cameras',
    needs: 'cameras:write',
    section: 'administration',
    tab: { vi: 'Camera', en: 'Cameras' },
    show: () => <CamerasPage />,
  },
  { path: '/import-cameras', needs: 'cameras:write', section: 'administration', show: () => <ImportPage /> },
  { path: '/cameras/:id/versions', needs: 'cameras:read', section: 'administration', show: ({ id = '' }) => <VersionsPage id={id} /> },
  {
    path: '/add-camera',
    needs: 'cameras:write',
    section: 'administration',
    tab: { vi: 'Thêm camera', en: 'Add camera' },
    show: () => <AddCameraPage />,
  },
  {
    path: '/retention',
    needs: 'retention:read',
    section: 'administration',
    tab: { vi: 'Lưu giữ', en: 'Retention' },
    show: () => <RetentionPage />,
  },
  { path: '/cameras/:id/edit', needs: 'cameras:write', section: 'administration', show: ({ id = '' }) => <EditCameraPage id={id} /> },
  { path: '/account', section: 'account', show: () => <AccountPage /> },
  {
    path: '/administration/units',
    needs: 'units:write',
    section: 'administration',
    tab: { vi: 'Đơn vị', en: 'Units' },
    show: () => <UnitsPage />,
  },
  {
    path: '/administration/people',
    needs: 'users:write',
    section: 'administration',
    tab: { vi: 'Người dùng', en: 'People' },
    show: () => <PeoplePage />,
  },
  {
    path: '/administration/tokens',
    needs: 'users:write',
    section: 'administration',
    tab: { vi: 'Khóa API', en: 'API tokens' },
    show: () => <TokensPage />,
  },
  {
    path: '/administration/destinations',
    needs: 'destinations:write',
    section: 'administration',
    tab: { vi: 'Nơi nhận tin', en: 'Destinations' },
    show: () => <DestinationsPage />,
  },
  {
    path: '/administration/escalation',
    needs: 'units:write',
    section: 'administration',
    tab: { vi: 'Chuyển cấp', en: 'Escalation' },
    show: () => <EscalationPage />,
  },
  {
    path: '/administration/audit',
    needs: 'audit:read',
    section: 'administration',
    tab: { vi: 'Nhật ký', en: 'Audit' },
    show: () => <AuditPage />,
  },
  { path: '/review/queue', needs: 'review:work', section: 'review', tab: { vi: 'Hàng đợi', en: 'Queue' }, show: () => <QueuePage /> },
  {
    path: '/review/statistics',
    needs: 'review:read',
    section: 'review',
    tab: { vi: 'Thống kê', en: 'Statistics' },
    show: () => <ReviewStatisticsPage />,
  },
  { path: '/review/law', needs: 'review:read', section: 'review', tab: { vi: 'Luật', en: 'Law' }, show: () => <LawPage /> },
  { path: '/review/forms', needs: 'review:read', section: 'review', tab: { vi: 'Biểu mẫu', en: 'Forms' }, show: () => <FormsPage /> },
  {
    path: '/review/settings',
    needs: 'review:read',
    section: 'review',
    tab: { vi: 'Cài đặt', en: 'Settings' },
    show: () => <ReviewSettingsPage />,
  },
];
