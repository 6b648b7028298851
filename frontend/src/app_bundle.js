// What every page loads: Bootstrap's styles (not its scripts), our styles, htmx, our few lines of script.
import 'bootstrap/dist/css/bootstrap.css';
import './app.css';
import './tables.css';
import 'htmx.org';
import './app.js';
