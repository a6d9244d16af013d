export { checkDossier, type DossierProblem, type DossierVerdict, readFolder, verdictLines } from './check-dossier.js';
export { unpackZip } from './dossier-zip.js';
