/* global document */
// Sets the chosen colours before the first paint; a file of its own because the page allows no inline script.
try {
  if (localStorage.getItem('mantine-color-scheme-value') === 'light')
    document.documentElement.setAttribute('data-mantine-color-scheme', 'light');
} catch {
  // No storage: the page stays dark.
}
