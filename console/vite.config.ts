import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Modules that the console imports one pure function from; their schemas must not follow it into the bundle. */
const PURE_MODULES = /[\\/]contracts[\\/]dist[\\/]|[\\/]node_modules[\\/](typebox|uuid)[\\/]/;

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // The content security policy allows no data: address, so nothing is inlined.
    assetsInlineLimit: 0,
    rolldownOptions: { treeshake: { moduleSideEffects: (id: string) => !PURE_MODULES.test(id) } },
  },
});
