// Builds the style sheets and scripts of the pages. Names carry a hash of the content, so browsers may
// keep them for ever; app/web/bundles.py finds them in the manifest. The pages' content security policy
// allows nothing inline: no entry may need it.
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: {
    outDir: '../app/web/static/bundles',
    emptyOutDir: true,
    manifest: 'manifest.json',
    assetsDir: '.',
    assetsInlineLimit: 0,
    modulePreload: false,
    target: ['chrome107', 'firefox104', 'safari16'],
    rollupOptions: {
      input: { app: 'src/app_bundle.js', viewer: 'src/viewer.js' },
    },
  },
});
