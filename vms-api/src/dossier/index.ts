export { checkDossier, type DossierProblem, type DossierVerdict, readFolder, verdictLines } from './check-dossier.js';
export { checkStamps, type StampVerdict } from './check-stamps.js';
export { unpackZip } from './dossier-zip.js';
