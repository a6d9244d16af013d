import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/retention.css';
import './styles/shell.css';
import './styles/picture.css';
import './styles/alerts.css';
import './styles/pages.css';
import './styles/originals.css';
import './styles/administration.css';
import './styles/review.css';
import './styles/search.css';
import './styles/cameras.css';
import './styles/statistics.css';
import './styles/playback.css';
import './styles/desk.css';

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
